// A file that a setting names, read whole with care: whatever lies there, reading it ends.
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "common/error.hpp"
#include "common/secret.hpp"

namespace byok {

// More than settings or certificates take, in bytes.
inline constexpr std::size_t longest_whole_file = std::size_t{1} << 20;

struct WholeFile {
  struct stat status;  // of what was read, so that nobody can swap the file between check and use
  WipingBuffer content;

  std::string_view text() const { return {content.data(), content.size()}; }
};

// Fails with a sentence that names the file: Errc::not_found where there is none, Errc::bad_request
// where it cannot be read, is no regular file (a pipe is not waited for) or too long.
Result<WholeFile> read_whole_file(const std::filesystem::path& file);

}  // namespace byok
