// Preloaded into byokd: stands between it and the kernel where files are changed.
//
// It asks the kernel directly, and needs no constructor before its first call.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "tests/support/disk/calls.hpp"

namespace {

using namespace byok::testing::disk;

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return do_open("open", AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return do_open("open", AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return do_open("open", folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return do_open("open", folder, path, flags, mode);
}
// What open() becomes with _FORTIFY_SOURCE.
int __open_2(const char* path, int flags) { return do_open("open", AT_FDCWD, path, flags, 0); }
int __open64_2(const char* path, int flags) { return do_open("open", AT_FDCWD, path, flags, 0); }

int close(int fd) {
  forget(fd);
  return static_cast<int>(::syscall(SYS_close, fd));
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const iovec part{const_cast<void*>(bytes), size};
  return do_write("write", fd, &part, 1, -1);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  const iovec part{const_cast<void*>(bytes), size};
  return do_write("pwrite", fd, &part, 1, at);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  const iovec part{const_cast<void*>(bytes), size};
  return do_write("pwrite", fd, &part, 1, at);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  return do_write("writev", fd, parts, count, -1);
}
ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
  return do_write("pwritev", fd, parts, count, at);
}

int fsync(int fd) { return do_sync("fsync", SYS_fsync, fd); }
int fdatasync(int fd) { return do_sync("fdatasync", SYS_fdatasync, fd); }

int ftruncate(int fd, off_t size) noexcept {
  return do_resize("ftruncate", fd, size, true,
                   [&] { return static_cast<int>(::syscall(SYS_ftruncate, fd, size)); });
}
int ftruncate64(int fd, off64_t size) noexcept { return ::ftruncate(fd, size); }
int fallocate(int fd, int mode, off_t at, off_t size) {
  const off_t end = (mode & FALLOC_FL_KEEP_SIZE) != 0 ? 0 : at + size;
  return do_resize("fallocate", fd, end, false,
                   [&] { return static_cast<int>(::syscall(SYS_fallocate, fd, mode, at, size)); });
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
  return ::fallocate(fd, mode, at, size);
}

int rename(const char* from, const char* to) noexcept {
  return do_rename("rename", Kind::rename, {AT_FDCWD, from}, to,
                   [&] { return static_cast<int>(::syscall(SYS_rename, from, to)); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  return do_rename("rename", Kind::rename, {from_folder, from}, to, [&] {
    return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
  });
}
int link(const char* from, const char* to) noexcept {
  return do_rename("link", Kind::link, {AT_FDCWD, from}, to,
                   [&] { return static_cast<int>(::syscall(SYS_link, from, to)); });
}
int unlink(const char* path) noexcept {
  return do_rename("unlink", Kind::unlink, {AT_FDCWD, path}, nullptr,
                   [&] { return static_cast<int>(::syscall(SYS_unlink, path)); });
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  return do_rename("unlink", Kind::unlink, {folder, path}, nullptr,
                   [&] { return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags)); });
}
int remove(const char* path) noexcept {
  const int done = ::unlink(path);
  if (done == 0 || (errno != EISDIR && errno != EPERM)) return done;
  return static_cast<int>(::syscall(SYS_rmdir, path));
}

}  // extern "C"
