#include "daemon/http/listeners.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

namespace byok::http {
namespace {

using boost::asio::ip::tcp;

constexpr int backlog = 4096;
constexpr int socket_type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

Error cannot_listen(const std::string& address, int error) {
  std::string mend = error == EADDRINUSE ? "another program listens there: stop it, or set 'listen'"
                     : error == EACCES   ? "that needs more rights: set 'listen' to another address"
                                         : "set 'listen' to another address";
  return {Errc::internal,
          fmt::format("cannot listen on {} ({}): {}", address, std::strerror(error), mend)};
}

Result<FileDescriptor> bind_tcp(const tcp::endpoint& endpoint, bool shared,
                                const std::string& address) {
  FileDescriptor socket(::socket(endpoint.protocol().family(), socket_type, 0));
  int on = 1;
  if (socket.get() < 0 || setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (shared && setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) ||
      ::bind(socket.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(socket.get(), backlog) != 0) {
    return cannot_listen(address, errno);
  }
  return socket;
}

// The port that the system picked.
std::uint16_t port_of(int socket) {
  tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  getsockname(socket, endpoint.data(), &size);
  return endpoint.port();
}

bool is_served(const sockaddr_un& address) {
  FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno == EAGAIN;
}

// Makes way for a new socket file; 0, or the error that stands against it.
int clear_way(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return errno == ENOENT ? 0 : errno;
  if (!S_ISSOCK(found.st_mode)) return EEXIST;
  if (is_served(address)) return EADDRINUSE;
  return unlink(path.c_str()) == 0 ? 0 : errno;
}

// False with errno. Where the process's own group is the one, nothing needs to be changed, which a
// service may not be allowed to.
bool open_to_group(const std::filesystem::path& path, const SocketAccess& access) {
  struct stat made {};
  if (lstat(path.c_str(), &made) != 0) return false;
  const bool theirs = made.st_gid == *access.group ||
                      chown(path.c_str(), static_cast<uid_t>(-1), *access.group) == 0;
  return theirs && chmod(path.c_str(), access.mode) == 0;
}

}  // namespace

Result<Listener> listen_tcp(const std::string& host, std::uint16_t port, unsigned workers) {
  tcp::endpoint endpoint(boost::asio::ip::make_address(host), port);
  auto named = [&] {
    return endpoint.address().is_v6() ? fmt::format("http://[{}]:{}", host, endpoint.port())
                                      : fmt::format("http://{}:{}", host, endpoint.port());
  };
  // A socket that shares its port would join another program of this user there: one that does not
  // share tells first whether the port is free.
  {
    Result<FileDescriptor> probe = bind_tcp(endpoint, false, named());
    if (!probe) return probe.error();
    endpoint.port(port_of(probe->get()));
  }
  Listener listener;
  listener.address = named();
  for (unsigned i = 0; i < workers; ++i) {
    Result<FileDescriptor> socket = bind_tcp(endpoint, true, listener.address);
    if (!socket) return socket.error();
    listener.sockets.push_back(std::move(*socket));
  }
  return listener;
}

Result<Listener> listen_unix(const std::filesystem::path& path, const SocketAccess& access,
                             unsigned workers) {
  Listener listener;
  listener.address = "unix:" + path.string();
  listener.is_unix = true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return Error{Errc::internal, fmt::format("the path of {} is longer than the {} bytes that a "
                                             "socket may have: set 'listen' to a shorter one",
                                             listener.address, sizeof address.sun_path - 1)};
  }
  path.native().copy(address.sun_path, sizeof address.sun_path);
  std::error_code ec;
  std::filesystem::create_directories(path.parent_path(), ec);
  if (int error = clear_way(path, address)) return cannot_listen(listener.address, error);

  FileDescriptor socket(::socket(AF_UNIX, socket_type, 0));
  // Made for the owner alone, and opened to others once it is theirs: never the other way round.
  mode_t before = umask(0177);
  int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  int error = errno;
  umask(before);
  if (bound != 0) return cannot_listen(listener.address, error);
  if (access.group && !open_to_group(path, access)) return cannot_listen(listener.address, errno);
  if (::listen(socket.get(), backlog) != 0) return cannot_listen(listener.address, errno);
  for (unsigned i = 1; i < workers; ++i) {
    FileDescriptor copy(fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    if (copy.get() < 0) return cannot_listen(listener.address, errno);
    listener.sockets.push_back(std::move(copy));
  }
  listener.sockets.push_back(std::move(socket));
  return listener;
}

}  // namespace byok::http
