// Giving a finished file its name.
#pragma once

#include <filesystem>

namespace byok {

// Renames `from` to `to`, never over what is there. Without a moment in which the file has both
// names, unless the file system (NFS, many in user space) knows no such renaming. False, with
// errno, where it fails: EEXIST where the name is taken.
bool give_new_name(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace byok
