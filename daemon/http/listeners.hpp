// The sockets that byokd waits on: opened all before the first is served, so that what cannot be
// opened stops the start.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"

namespace byok::http {

// One address, opened: a descriptor for each worker, and the address as it really is.
struct Listener {
  std::string address;  // http://127.0.0.1:8484, unix:/run/byok/byokd.sock
  std::vector<FileDescriptor> sockets;
  bool is_unix = false;
};

// `host` is an IP address; port 0 picks one. Each worker gets a socket of its own on the same port
// (SO_REUSEPORT), so that the kernel spreads connections. Fails with Errc::internal and a sentence
// where somebody listens there already.
Result<Listener> listen_tcp(const std::string& host, std::uint16_t port, unsigned workers);

// Whom a Unix socket is opened to.
struct SocketAccess {
  mode_t mode;
  std::optional<gid_t> group;  // none: the owner alone, whatever the mode
};

// A socket file that refuses connections is left over, and replaced; one that is served is an
// error.
Result<Listener> listen_unix(const std::filesystem::path& path, const SocketAccess& access,
                             unsigned workers);

}  // namespace byok::http
