#include "tests/support/disk/calls.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>

namespace byok::testing::disk {
namespace {

enum Descriptor : std::uint8_t { not_ours, plain_file, synced_file, a_folder };

Control* control = nullptr;
int records = -1;
char root[PATH_MAX];
std::size_t root_size = 0;
// Held over a call and its record, so that records stand in the order of the calls.
std::mutex in_order;
std::atomic<std::uint64_t> last_id{0};
std::array<std::atomic<std::uint8_t>, 65536> descriptors;

int open_beside(const char* folder, const char* name, int flags) {
  char path[PATH_MAX];
  std::snprintf(path, sizeof path, "%s/%s", folder, name);
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0));
}

__attribute__((constructor)) void attach() {
  const char* folder = std::getenv(variable);
  if (folder == nullptr || ::getcwd(root, sizeof root) == nullptr) return;
  root_size = std::strlen(root);
  const int fd = open_beside(folder, control_file, O_RDWR);
  records = open_beside(folder, record_file, O_WRONLY | O_APPEND);
  if (fd < 0 || records < 0) return;
  void* shared = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::syscall(SYS_close, fd);
  if (shared != MAP_FAILED) control = static_cast<Control*>(shared);
}

bool recording() { return control != nullptr && control->recording; }

// One call that changes something.
class UnderWay {
 public:
  UnderWay() {
    ++control->under_way;
    if (!control->halted) return;
    --control->under_way;
    for (;;) ::poll(nullptr, 0, -1);
  }
  ~UnderWay() { --control->under_way; }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
};

// The path below the folder that all this is about; empty where it is elsewhere.
std::string_view ours(std::string_view path) {
  if (control == nullptr || path.size() <= root_size + 1) return {};
  if (path.substr(0, root_size) != root || path[root_size] != '/') return {};
  return path.substr(root_size + 1);
}

Descriptor kind_of(int fd) {
  if (control == nullptr || fd < 0 || fd >= static_cast<int>(descriptors.size())) return not_ours;
  const auto kind = static_cast<Descriptor>(descriptors[static_cast<std::size_t>(fd)].load());
  // A library may have closed it past us, and the number be another's now.
  struct stat status {};
  const bool fits = kind != not_ours && ::fstat(fd, &status) == 0 &&
                    (S_ISDIR(status.st_mode) == (kind == a_folder)) &&
                    (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode));
  return fits ? kind : not_ours;
}

void set_kind(int fd, Descriptor kind) {
  if (fd >= 0 && fd < static_cast<int>(descriptors.size())) {
    descriptors[static_cast<std::size_t>(fd)] = kind;
  }
}

// What is to become of a call.
enum class Fate { succeeds, is_refused, is_halved, only_seems_to_fail };

Fate next_fate(const char* call, std::string_view name) {
  if (control->first == 0) return Fate::succeeds;
  const std::uint32_t number = ++control->calls;
  if (number < control->first || number > control->last) return Fate::succeeds;
  if (control->failed++ == 0) {
    std::snprintf(control->first_failed, sizeof control->first_failed, "%s %.*s", call,
                  static_cast<int>(name.size()), name.data());
  }
  switch (control->how) {
    case How::half:
      return Fate::is_halved;
    case How::done:
      return Fate::only_seems_to_fail;
    case How::refused:
      break;
  }
  return Fate::is_refused;
}

Fate next_fate(const char* call, int fd) {
  if (control->first == 0) return Fate::succeeds;
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path);
  return next_fate(call, size < 0 ? "?" : ours({path, static_cast<std::size_t>(size)}));
}

int fail() {
  errno = control->error;
  return -1;
}

std::uint64_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

void record(RecordHead head, const iovec* parts, int count, std::size_t size) {
  std::array<iovec, 66> all;
  const int failure = errno;
  head.text_size = static_cast<std::uint32_t>(size);
  all[0] = {&head, sizeof head};
  std::size_t used = 1;
  for (int i = 0; i < count && size > 0 && used < all.size(); ++i) {
    all[used] = parts[i];
    if (all[used].iov_len > size) all[used].iov_len = size;
    size -= all[used++].iov_len;
  }
  ::syscall(SYS_writev, records, all.data(), used);
  errno = failure;
}

void record(const RecordHead& head, std::string_view text = {}) {
  const iovec part{const_cast<char*>(text.data()), text.size()};
  record(head, &part, 1, text.size());
}

}  // namespace

int do_open(const char* call, int folder, const char* path, int flags, mode_t mode) {
  const auto really = [&] {
    return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
  };
  const FullPath full(folder, path);
  const std::string_view name = full.below();
  const bool changes = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
  const bool nameless = (flags & O_TMPFILE) == O_TMPFILE;  // gone with the process
  if (name.empty() || nameless || (!changes && (flags & O_DIRECTORY) == 0)) return really();
  const UnderWay under_way;
  const Fate fate = next_fate(call, name);
  if (fate == Fate::is_refused || fate == Fate::is_halved) return fail();
  std::unique_lock lock(in_order);
  const bool there = ::syscall(SYS_faccessat, folder, path, F_OK) == 0;
  const int fd = really();
  if (fd < 0) return fd;
  const Descriptor kind = (flags & O_DIRECTORY) != 0 ? a_folder
                          : (flags & O_DSYNC) != 0   ? synced_file
                                                     : plain_file;
  set_kind(fd, kind);
  if (recording()) {
    if (kind == a_folder) record({Kind::folder, 0, inode_of(fd), 0, 0}, name);
    if (kind != a_folder && !there) record({Kind::made, 0, inode_of(fd), 0, 0}, name);
    if ((flags & O_TRUNC) != 0) record({Kind::resize, 0, inode_of(fd), 0, 0});
  }
  if (fate == Fate::succeeds) return fd;
  set_kind(fd, not_ours);
  ::syscall(SYS_close, fd);
  return fail();
}

namespace {

std::size_t size_of(const iovec* parts, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// Where a write without an offset goes.
std::uint64_t place_of(int fd) {
  struct stat status {};
  if ((::fcntl(fd, F_GETFL) & O_APPEND) == 0) {
    return static_cast<std::uint64_t>(::lseek(fd, 0, SEEK_CUR));
  }
  return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

ssize_t do_write(const char* call, int fd, const iovec* parts, int count, off_t at) {
  const auto really = [&](const iovec* what, int how_many) -> ssize_t {
    return at < 0 ? ::syscall(SYS_writev, fd, what, how_many)
                  : ::syscall(SYS_pwritev, fd, what, how_many, at, 0);
  };
  const Descriptor kind = kind_of(fd);
  if (kind == not_ours) return really(parts, count);
  const UnderWay under_way;
  const Fate fate = next_fate(kind == synced_file ? "synced write" : call, fd);
  if (fate == Fate::is_refused) return fail();
  if (fate == Fate::only_seems_to_fail && kind != synced_file) return fail();
  if (fate == Fate::is_halved) {
    iovec half = parts[0];
    half.iov_len = (half.iov_len + 1) / 2;
    return really(&half, 1);
  }
  if (!recording()) {
    const ssize_t done = really(parts, count);
    return fate == Fate::succeeds ? done : fail();
  }
  std::unique_lock lock(in_order);
  RecordHead head{Kind::write, 0, inode_of(fd),
                  at < 0 ? place_of(fd) : static_cast<std::uint64_t>(at), ++last_id};
  if (kind == synced_file) {
    head.kind = Kind::write_through;
    record(head, parts, count, size_of(parts, count));
    lock.unlock();
    const ssize_t done = really(parts, count);
    record({Kind::written_through, 0, head.file, 0, head.id});
    return done;
  }
  const ssize_t done = really(parts, count);
  if (done > 0) record(head, parts, count, static_cast<std::size_t>(done));
  return done;
}

int do_sync(const char* call, long number, int fd) {
  const auto really = [&] { return static_cast<int>(::syscall(number, fd)); };
  if (kind_of(fd) == not_ours) return really();
  const UnderWay under_way;
  const Fate fate = next_fate(call, fd);
  if (fate == Fate::is_refused || fate == Fate::is_halved) return fail();
  const bool told = recording();
  const RecordHead head{Kind::sync_begun, 0, told ? inode_of(fd) : 0, 0, ++last_id};
  if (told) record(head);
  const int done = really();
  if (told && done == 0) record({Kind::sync_done, 0, head.file, 0, head.id});
  return fate == Fate::succeeds ? done : fail();
}

int do_resize(const char* call, int fd, off_t size_after, bool exact, const Really& really) {
  if (kind_of(fd) == not_ours) return really();
  const UnderWay under_way;
  const Fate fate = next_fate(call, fd);
  if (fate == Fate::is_refused || fate == Fate::is_halved) return fail();
  std::unique_lock lock(in_order);
  struct stat before {};
  ::fstat(fd, &before);
  const int done = really();
  if (recording() && done == 0 && (exact || before.st_size < size_after)) {
    record({Kind::resize, 0, before.st_ino, static_cast<std::uint64_t>(size_after), 0});
  }
  return fate == Fate::succeeds ? done : fail();
}

int do_rename(const char* call, Kind kind, const FullPath& from, const char* to,
              const Really& really) {
  const std::string_view old_name = from.below();
  if (old_name.empty()) return really();
  const UnderWay under_way;
  const Fate fate = next_fate(call, old_name);
  if (fate == Fate::is_refused || fate == Fate::is_halved) return fail();
  std::unique_lock lock(in_order);
  const int done = really();
  if (recording() && done == 0) {
    char both[2 * PATH_MAX];
    const std::string_view new_name = ours(to == nullptr ? "" : to);
    const int size =
        to == nullptr
            ? std::snprintf(both, sizeof both, "%.*s", static_cast<int>(old_name.size()),
                            old_name.data())
            : std::snprintf(both, sizeof both, "%.*s\n%.*s", static_cast<int>(old_name.size()),
                            old_name.data(), static_cast<int>(new_name.size()), new_name.data());
    record({kind, 0, 0, 0, 0}, {both, static_cast<std::size_t>(size)});
  }
  return fate == Fate::succeeds ? done : fail();
}

FullPath::FullPath(int folder, const char* path) {
  if (path == nullptr) return;
  if (path[0] == '/' || folder == AT_FDCWD) {
    std::snprintf(text, sizeof text, "%s", path);
    return;
  }
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  const ssize_t size = ::readlink(link, text, sizeof text - 1);
  if (size < 0) return;
  std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), "/%s", path);
}

std::string_view FullPath::below() const { return ours(text); }

void forget(int fd) {
  if (kind_of(fd) != not_ours) set_kind(fd, not_ours);
}

}  // namespace byok::testing::disk
