// A Unix socket that listens, and whose queue has no room for one more connection.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "common/file_descriptor.hpp"

namespace byok::testing {

class FullQueue {
 public:
  explicit FullQueue(const std::string& path)
      : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* at = reinterpret_cast<const sockaddr*>(&address);
    if (bind(listener_.get(), at, sizeof address) != 0 || listen(listener_.get(), 0) != 0) {
      throw std::runtime_error("the test's queue cannot listen");
    }
    int connected = 0;
    do {
      waiting_.emplace_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      connected = connect(waiting_.back().get(), at, sizeof address);
    } while (connected == 0);
  }

  // Whoever waits for room is refused.
  void close() { listener_.reset(); }

 private:
  FileDescriptor listener_;
  std::vector<FileDescriptor> waiting_;
};

}  // namespace byok::testing
