#include "daemon/sandbox/files.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "common/file_descriptor.hpp"

namespace byok::sandbox {
namespace {

// Of Landlock's third version, which older headers lack.
constexpr std::uint64_t truncate_file = 1ULL << 14;

constexpr std::uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t changing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                   LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                   LANDLOCK_ACCESS_FS_REFER | truncate_file;
// What a rule on a file may name: the rest is about folders.
constexpr std::uint64_t on_files =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_file;

// All that this kernel can refuse, by the version of its interface.
std::uint64_t known_rights(long version) {
  std::uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= truncate_file;
  return rights;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Ruleset {
 public:
  explicit Ruleset(std::uint64_t rights) : rights_(rights), descriptor_(make(rights)) {}

  void allow(const std::filesystem::path& path, std::uint64_t rights) const {
    const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat found {};
    if (!place || ::fstat(place.get(), &found) != 0) return;
    rights &= S_ISDIR(found.st_mode) ? rights_ : rights_ & on_files;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = rights;
    rule.parent_fd = place.get();
    if (::syscall(SYS_landlock_add_rule, descriptor_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) !=
        0) {
      fail("landlock_add_rule");
    }
  }

  void enter() const {
    if (::syscall(SYS_landlock_restrict_self, descriptor_.get(), 0) != 0) {
      fail("landlock_restrict_self");
    }
  }

 private:
  static FileDescriptor make(std::uint64_t rights) {
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = rights;
    const long made = ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (made < 0) fail("landlock_create_ruleset");
    return FileDescriptor(static_cast<int>(made));
  }

  std::uint64_t rights_;
  FileDescriptor descriptor_;
};

}  // namespace

bool confine_files(const Reach& reach) {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  const Ruleset ruleset(known_rights(version));
  for (const auto& path : reach.read) ruleset.allow(path, reading);
  for (const auto& path : reach.change) ruleset.allow(path, changing);
  ruleset.enter();
  return true;
}

}  // namespace byok::sandbox
