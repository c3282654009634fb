// Where the tokens of an import go: each is told once only, so that it is written before anything
// else is done.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/outcome.hpp"
#include "common/file_descriptor.hpp"
#include "common/secret.hpp"

namespace byok::cli {

class TokenSink {
 public:
  // Standard output; or `path`, where it is not empty: made for its owner alone, and added to where
  // it is there, behind the end of its last line. One that others can read, or that is another
  // user's, is refused.
  static Outcome<TokenSink> open(const std::string& path);

  // A line: the tenant, a tab, the token. Kept until flush().
  void add(std::string_view tenant, std::string_view token);
  // Writes what was added; it came of the import's lines up to `line`. Throws std::system_error
  // where it cannot be written: a file then ends with the line that saved_up_to() tells of, unless
  // somebody else writes to it too.
  void flush(std::uint64_t line);
  // Nothing of it is lost any more, whatever happens to the machine. Throws likewise.
  void sync();

  // Of where they go; stays the sink's.
  int fd() const;

  // The import's line whose tokens, and those of all before it, were written; after a failure, the
  // last of which that is sure. 0 for none.
  std::uint64_t saved_up_to() const { return written_.line; }

 private:
  struct Place {
    std::uint64_t line = 0;
    off_t size = 0;  // of the file, where it is a regular one
  };

  explicit TokenSink(FileDescriptor file);
  [[noreturn]] void fall_back_to(const Place& place);

  FileDescriptor file_;  // none: standard output
  bool regular_ = false;
  bool line_is_open_ = false;  // the file's last one
  WipingBuffer lines_;
  Place written_;
  Place synced_;
  std::chrono::steady_clock::time_point synced_at_{};
};

}  // namespace byok::cli
