// Where the tokens of an import go: each is told once only, so that it is written before anything
// else is done.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/outcome.hpp"
#include "common/file_descriptor.hpp"
#include "common/secret.hpp"

namespace byok::cli {

class TokenSink {
 public:
  // Standard output; or `path`, where it is not empty: made for its owner alone, and added to where
  // it is there. One that others can read is refused.
  static Outcome<TokenSink> open(const std::string& path);

  // A line: the tenant, a tab, the token. Kept until flush().
  void add(std::string_view tenant, std::string_view token);
  // Throws std::system_error where it cannot be written.
  void flush();
  // Nothing of it is lost any more, whatever happens to the machine. Throws likewise.
  void sync();

 private:
  explicit TokenSink(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;  // none: standard output
  WipingBuffer lines_;
  std::chrono::steady_clock::time_point synced_at_{};
};

}  // namespace byok::cli
