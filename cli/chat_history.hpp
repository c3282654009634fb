// The questions asked before, for the next conversation's arrow keys: a JSON string a line in a
// file that only its owner reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/outcome.hpp"

namespace byok::cli {

class ChatHistory {
 public:
  // How much is kept: the oldest go first.
  static constexpr std::size_t max_entries = 1000;
  static constexpr std::size_t max_bytes = std::size_t{1024} * 1024;
  static constexpr std::size_t max_entry = std::size_t{16} * 1024;

  // In the person's state folder.
  static std::string usual_path();

  // Keeps nothing, and has nothing, where `path` is empty.
  explicit ChatHistory(std::string path) : path_(std::move(path)) {}

  // Oldest first. None where there is no file; fails where there is one that cannot be read.
  Outcome<std::vector<std::string>> load();

  // Appends; several conversations may do so at once. What begins with a blank, may hold a key or
  // is longer than max_entry is not kept. Fails where the file cannot be written.
  Outcome<void> add(std::string_view entry);

 private:
  std::string path_;
};

// Whether a provider's key, a token of byokd or something as random stands in `text`.
bool may_hold_key(std::string_view text);

}  // namespace byok::cli
