#include <algorithm>

#include "daemon/service/tokens.hpp"

namespace byok::service {

Result<void> check_token_name(std::string_view name) {
  bool plain = std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (name.size() > longest_token_name || !plain) {
    return Error{Errc::bad_request,
                 "a token's name is at most 128 bytes of text without control characters"};
  }
  return {};
}

}  // namespace byok::service
