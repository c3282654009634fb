// What counts as a provider's key, wherever it comes from.
#pragma once

#include <algorithm>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"

namespace byok {

// The key in `text`, without the white space around it. Errc::invalid_key, which repeats nothing of
// it, unless it is 8 to 4,096 visible ASCII characters.
inline Result<Secret> check_key(std::string_view text) {
  constexpr std::size_t shortest = 8;
  constexpr std::size_t longest = 4096;
  constexpr std::string_view white_space = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  text = text.substr(0, text.find_last_not_of(white_space) + 1);
  bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (text.size() < shortest || text.size() > longest || !visible) {
    return Error{Errc::invalid_key,
                 "a key is 8 to 4,096 visible ASCII characters: check what was sent"};
  }
  return Secret(text);
}

}  // namespace byok
