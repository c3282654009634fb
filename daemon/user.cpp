#include "daemon/user.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace byok::daemon {
namespace {

namespace fs = std::filesystem;

Error cannot_become(const std::string& name, std::string_view why) {
  return {Errc::bad_request,
          fmt::format("cannot become the user '{}': {}: make it, or set 'user'", name, why)};
}

Result<const passwd*> find_user(const std::string& name) {
  errno = 0;
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) {
    return cannot_become(name, errno == 0 ? "there is none" : std::strerror(errno));
  }
  return entry;
}

// For the user alone, or for it and its group; those that are there stay as they are.
void make_folder(const fs::path& folder, fs::perms mode, const passwd& owner) {
  std::error_code there;
  if (folder.empty() || fs::exists(folder, there)) return;
  fs::create_directories(folder, there);
  fs::permissions(folder, mode, there);
  // What stands against it stands against the files in it, and is told there.
  if (::lchown(folder.c_str(), owner.pw_uid, owner.pw_gid) != 0) return;
}

void make_folders(const Settings& settings, const passwd& owner) {
  make_folder(settings.state_dir, fs::perms::owner_all, owner);
  for (const ListenAddress& address : settings.listen) {
    if (address.kind != ListenAddress::Kind::unix_socket) continue;
    constexpr fs::perms anyone_passes = fs::perms::owner_all | fs::perms::group_read |
                                        fs::perms::group_exec | fs::perms::others_read |
                                        fs::perms::others_exec;
    make_folder(address.path.parent_path(), anyone_passes, owner);
  }
}

}  // namespace

Result<uid_t> uid_of(const Settings& settings) {
  if (settings.user.empty()) return ::geteuid();
  auto user = find_user(settings.user);
  if (!user) return user.error();
  return (*user)->pw_uid;
}

Result<void> become_user(const Settings& settings, bool with_folders) {
  const std::string& name = settings.user;
  if (name.empty()) return {};
  auto user = find_user(name);
  if (!user) return user.error();
  const passwd& entry = **user;
  if (::geteuid() == entry.pw_uid) return {};
  if (::geteuid() != 0) return cannot_become(name, "only root can become another");
  if (with_folders) make_folders(settings, entry);
  if (::initgroups(name.c_str(), entry.pw_gid) != 0 ||
      ::setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid) != 0 ||
      ::setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid) != 0) {
    return cannot_become(name, std::strerror(errno));
  }
  // Another user's process is as the system sets it for such changes.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::setuid(0) == 0) {
    throw std::system_error(errno, std::generic_category(), "giving up root");
  }
  return {};
}

}  // namespace byok::daemon
