// What becomes of a call that may change something below the folder that the program was started
// in: it fails where the test says so, else it is done and, if the test wants it, recorded.
//
// Descriptors and paths of elsewhere, sockets and pipes among them, pass by it.
#pragma once

#include <limits.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <functional>
#include <string_view>

#include "tests/support/disk/shared.hpp"

namespace byok::testing::disk {

// A call's path in full.
struct FullPath {
  FullPath(int folder, const char* path);
  // The part below the folder that all this is about; empty where it is elsewhere.
  std::string_view below() const;
  char text[PATH_MAX] = {};
};

// Each returns what the call does; `call` is its name.
using Really = std::function<int()>;

int do_open(const char* call, int folder, const char* path, int flags, mode_t mode);
// All writes, at `at` or, where that is negative, where the descriptor stands.
ssize_t do_write(const char* call, int fd, const iovec* parts, int count, off_t at);
// `number` is the system call's.
int do_sync(const char* call, long number, int fd);
// `size_after`: what the file's size is at least, or, where `exact`, at all.
int do_resize(const char* call, int fd, off_t size_after, bool exact, const Really& really);
// `to`: none where a name is removed.
int do_rename(const char* call, Kind kind, const FullPath& from, const char* to,
              const Really& really);
// The descriptor is closed.
void forget(int fd);

}  // namespace byok::testing::disk
