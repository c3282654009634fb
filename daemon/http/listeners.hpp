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

// How HTTP is spoken to whoever connects.
enum class Transport { tcp, tls, unix_socket };

// One address, opened: a descriptor for each worker, and the address as it really is.
struct Listener {
  std::string address;  // http://127.0.0.1:8484, unix:/run/byok/byokd.sock
  std::vector<FileDescriptor> sockets;
  Transport transport = Transport::tcp;
  bool is_local = true;      // only this machine reaches it; told of those handed over
  bool handed_over = false;  // it is the service manager's, which keeps it when byokd ends
};

// `host` is an IP address; port 0 picks one. `transport` is tcp or tls. Each worker gets a socket
// of its own on the same port (SO_REUSEPORT), so that the kernel spreads connections. Fails with
// Errc::internal and a sentence where somebody listens there already.
Result<Listener> listen_tcp(const std::string& host, std::uint16_t port, Transport transport,
                            unsigned workers);

// Whom a Unix socket is opened to.
struct SocketAccess {
  mode_t mode;
  std::optional<gid_t> group;  // none: the owner alone, whatever the mode
};

// A socket file that refuses connections is left over, and replaced; one that is served is an
// error.
Result<Listener> listen_unix(const std::filesystem::path& path, const SocketAccess& access,
                             unsigned workers);

// A listening socket that the service manager has made; `over_tls` says how a TCP socket is spoken
// to. Errc::bad_request where it is no stream socket that listens, or a Unix socket for TLS.
Result<Listener> take_listener(FileDescriptor socket, bool over_tls, unsigned workers);

// Lets nobody join the queue of a listening socket any more, but who is about to: those who wait in
// it can still be accepted. Who comes later is refused, or, over TCP, asks again until the socket
// is closed or its port another's. True where handshakes may be under way, for whom the socket is
// to be kept a little.
bool close_queue(int socket, bool is_unix);

}  // namespace byok::http
