// Landlock: what of the file system this process may still reach, whatever its user may.
// https://docs.kernel.org/userspace-api/landlock.html
#pragma once

#include <filesystem>
#include <vector>

namespace byok::sandbox {

// Paths that do not exist are left out.
struct Reach {
  std::vector<std::filesystem::path> read;    // files, or folders with all below them
  std::vector<std::filesystem::path> change;  // folders: files and folders in them too
};

// Confines this thread, and those that it starts, to `reach`, for good; what is open stays open.
// Returns whether the kernel knows how (5.13 and later, where it was not switched off). Throws
// std::system_error where it fails to.
bool confine_files(const Reach& reach);

}  // namespace byok::sandbox
