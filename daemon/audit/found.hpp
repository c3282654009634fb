// What a trail finds in its files when it opens them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/audit/trail.hpp"

namespace byok::audit {

// What the files hold behind the line that is known.
struct Trail::Found {
  Head head;               // the last line that can be proved
  bool known = false;      // whether the known line was there
  bool unproved = false;   // whether lines behind it do not follow
  std::uint64_t torn = 0;  // bytes of an end that was written in part
  // Of the current file:
  bool is_log = true;       // whether it begins as an audit log does
  std::uint64_t first = 0;  // its first line's number
  std::uint64_t read = 0;   // bytes of the lines that were looked at
  bool counted = true;      // whether these are all
  bool gap = false;         // whether pieces of what follows are missing

  void take(const Chain& chain, const Head& wanted, std::string_view line, bool whole) {
    if (unproved) return;
    if (known) {
      if (auto next = whole ? chain.follow(head, line) : Result<Head>(Error())) {
        head = *next;
      } else {
        unproved = whole;
      }
      return;
    }
    const std::optional<Head> claimed = whole ? peek(line) : std::nullopt;
    known = claimed == wanted;
  }

  // Looks at the current file's next line. Whether it is to be taken.
  bool look_at(std::string_view line, bool whole) {
    constexpr std::string_view mark = R"({"seq":)";
    const bool like_ours = line.starts_with(mark);
    // A disk writes an end that was not synced in pieces, in any order, and zeros stand for those
    // that it had not come to. What begins unlike a log is none, and stays as it is.
    const bool zeros = line.find('\0') != line.npos;
    const bool empty = line.find_first_not_of('\0') == line.npos;
    gap = zeros && known && !unproved && counted && (read > 0 || like_ours || empty);
    if (gap) return false;
    if (read == 0) {
      const std::optional<Head> head_of_file = whole ? peek(line) : std::nullopt;
      is_log = head_of_file || (!whole && like_ours);
      if (head_of_file) first = head_of_file->seq;
    }
    read += line.size() + 1;
    counted = counted && whole;
    return is_log;
  }
};

}  // namespace byok::audit
