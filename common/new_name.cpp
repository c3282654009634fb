#include "common/new_name.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace byok {

bool give_new_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  // A link fails on a name that is taken, as this renaming would.
  if (errno != EINVAL || ::link(from.c_str(), to.c_str()) != 0) return false;
  if (::unlink(from.c_str()) == 0) return true;
  const int failure = errno;
  ::unlink(to.c_str());
  errno = failure;
  return false;
}

}  // namespace byok
