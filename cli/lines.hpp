// Cuts a stream that arrives in pieces into its lines.
#pragma once

#include <string_view>
#include <utility>

#include "common/secret.hpp"

namespace byok::cli {

class Lines {
 public:
  // Calls on_line(std::string_view) for each line that `piece` completes, without its LF or CRLF.
  template <class OnLine>
  void take(std::string_view piece, OnLine on_line) {
    for (;;) {
      std::size_t end = piece.find('\n');
      std::string_view part = piece.substr(0, end);
      rest_.insert(rest_.end(), part.begin(), part.end());
      if (end == piece.npos) return;
      on_line(whole_line());
      rest_.clear();
      piece.remove_prefix(end + 1);
    }
  }

  // What follows the last line break.
  std::string_view rest() const { return {rest_.data(), rest_.size()}; }

 private:
  std::string_view whole_line() const {
    std::string_view line = rest();
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  WipingBuffer rest_;  // lines may hold tokens
};

}  // namespace byok::cli
