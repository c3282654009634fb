#include "cli/descriptor_io.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace byok::cli {
namespace {

// Whether a call that failed is to be made again; waits until that may help.
bool again(int fd, short events) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd polled{fd, events, 0};
  return poll(&polled, 1, -1) >= 0 || errno == EINTR;
}

}  // namespace

ssize_t read_some(int fd, char* into, std::size_t size) {
  for (;;) {
    const ssize_t got = read(fd, into, size);
    if (got >= 0 || !again(fd, POLLIN)) return got;
  }
}

ssize_t write_some(int fd, std::string_view bytes) {
  for (;;) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0 || !again(fd, POLLOUT)) return written;
  }
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write_some(fd, bytes);
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace byok::cli
