#include "daemon/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace byok::daemon {
namespace {

// Listeners, the database, logs, epoll and event descriptors of the workers.
constexpr rlim_t own_files = 128;

constexpr std::string_view lock_name = "byokd.lock";

void check(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

std::string reason() { return std::generic_category().message(errno); }

// The process id that the holder of the lock wrote, as " (process 123)"; nothing where it cannot be
// read yet.
std::string holder(int lock_file) {
  char text[16] = {};
  ssize_t size = pread(lock_file, text, sizeof text - 1, 0);
  std::string_view digits(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  return digits.empty() ? "" : fmt::format(" (process {})", digits);
}

Error held(int lock_file, const std::filesystem::path& folder) {
  return {Errc::bad_request,
          fmt::format("another byokd{} uses the state folder {}: stop it, or choose another "
                      "state_dir",
                      holder(lock_file), folder.native())};
}

// Like mkdir -p -m 700: std::filesystem would make the parents with the mode of the umask.
Result<void> make_folder(const std::filesystem::path& path) {
  if (!path.parent_path().empty() && path != path.root_path()) {
    struct stat parent {};
    if (stat(path.parent_path().c_str(), &parent) != 0) {
      if (Result<void> made = make_folder(path.parent_path()); !made) return made;
    }
  }
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return Error{Errc::bad_request, fmt::format("cannot make the folder {}: {}; make it, or choose "
                                              "another one with state_dir",
                                              path.native(), reason())};
}

}  // namespace

void harden() {
  umask(077);
  const rlimit none = {0, 0};
  check(setrlimit(RLIMIT_CORE, &none), "setrlimit(RLIMIT_CORE)");
  check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)");
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
  // Whoever was started by /proc/self/exe is called "exe" otherwise, and not found by its name.
  check(prctl(PR_SET_NAME, "byokd", 0, 0, 0), "prctl(PR_SET_NAME)");
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) check(-1, "signal(SIGPIPE)");
}

void bind_all_calls(char** arguments) {
  constexpr const char* wish = "LD_BIND_NOW";  // ld.so(8); empty counts as not set
  const char* set = getenv(wish);
  if ((set != nullptr && *set != '\0') || setenv(wish, "1", 1) != 0) return;
  execv("/proc/self/exe", arguments);
}

void settle_memory() {
  constexpr int heaps = 1;
  constexpr int kept_free = 4 << 20;
  constexpr int outside_heap = 1 << 20;  // each such block costs mapping and unmapping it
  mallopt(M_ARENA_MAX, heaps);
  mallopt(M_TRIM_THRESHOLD, kept_free);
  mallopt(M_MMAP_THRESHOLD, outside_heap);
}

Result<void> raise_open_files(std::uint32_t max_connections) {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit(RLIMIT_NOFILE)");
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit(RLIMIT_NOFILE)");
  return check_open_files(max_connections);
}

Result<void> check_open_files(std::uint32_t max_connections) {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit(RLIMIT_NOFILE)");
  if (limit.rlim_max == RLIM_INFINITY || max_connections + own_files <= limit.rlim_max) return {};
  rlim_t fitting = limit.rlim_max > own_files ? limit.rlim_max - own_files : 0;
  return Error{
      Errc::bad_request,
      fmt::format("limits.max_connections is {}, but only {} fit under this system's limit "
                  "of {} open files: lower it, or raise the limit (ulimit -Hn, LimitNOFILE=)",
                  max_connections, fitting, limit.rlim_max)};
}

Result<StateFolder> StateFolder::lock_existing(const std::filesystem::path& path) {
  const std::filesystem::path name = path / lock_name;
  FileDescriptor lock(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!lock && errno != ENOENT) {
    return Error{Errc::bad_request,
                 fmt::format("cannot read the state folder {}: {}", path.native(), reason())};
  }
  if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return held(lock.get(), path);
  return StateFolder(path, std::move(lock));
}

Result<StateFolder> StateFolder::lock(const std::filesystem::path& path) {
  if (Result<void> made = make_folder(path); !made) return made.error();
  struct stat folder {};
  if (stat(path.c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode)) {
    return Error{Errc::bad_request,
                 fmt::format("{} is not a folder: choose another state_dir", path.native())};
  }
  if ((folder.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{
        Errc::bad_request,
        fmt::format("others can write the state folder {0}: run chmod go-w {0}", path.native())};
  }

  std::filesystem::path name = path / lock_name;
  FileDescriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) {
    return Error{Errc::bad_request,
                 fmt::format("cannot write the state folder {}: {}", path.native(), reason())};
  }
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return held(lock.get(), path);
  std::string process = fmt::format("{}\n", getpid());
  if (ftruncate(lock.get(), 0) != 0 ||
      pwrite(lock.get(), process.data(), process.size(), 0) != std::ssize(process)) {
    return Error{Errc::bad_request,
                 fmt::format("cannot write the state folder {}: {}", path.native(), reason())};
  }
  return StateFolder(path, std::move(lock));
}

void notify_service_manager(const Environment& environment, std::string_view state) {
  auto variable = environment.find("NOTIFY_SOCKET");
  if (variable == environment.end()) return;
  const std::string& name = variable->second;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return;
  if (name[0] != '/' && name[0] != '@') return;
  name.copy(address.sun_path, name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace: unix(7)

  FileDescriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!sender) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  sendto(sender.get(), state.data(), state.size(), MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace byok::daemon
