#include "daemon/http/listeners.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
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

std::string_view how_to_mend(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program listens there: stop it, or set 'listen'";
    case EACCES:
      return "that needs more rights: set 'listen' to another address";
    case EADDRNOTAVAIL:
      return "this machine has no such address: set 'listen' to one that it has";
    case EEXIST:
      return "a file that is no socket lies there: remove it, or set 'listen' to another path";
    case EPERM:
      return "byokd's user may not give the socket to the group of 'admin_group': make the user a "
             "member, or set another group";
    default:
      return "set 'listen' to another address";
  }
}

Error cannot_listen(const std::string& address, int error) {
  return {Errc::internal, fmt::format("cannot listen on {} ({}): {}", address, std::strerror(error),
                                      how_to_mend(error))};
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

int option_of(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

std::string name_of_unix(int socket) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unix:";
  const std::size_t start = offsetof(sockaddr_un, sun_path);
  std::string path(address.sun_path, size > start ? size - start : 0);
  // Without a name in the file system it has one with a NUL before it (unix(7)).
  if (path.starts_with('\0')) {
    path[0] = '@';
  } else {
    path.resize(std::strlen(path.c_str()));
  }
  return "unix:" + path;
}

tcp::endpoint endpoint_of(int socket) {
  tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (getsockname(socket, endpoint.data(), &size) == 0) endpoint.resize(size);
  return endpoint;
}

std::string name_of_tcp(const tcp::endpoint& endpoint, Transport transport) {
  const std::string host = endpoint.address().to_string();
  return fmt::format("{}://{}{}{}:{}", transport == Transport::tls ? "https" : "http",
                     endpoint.address().is_v6() ? "[" : "", host,
                     endpoint.address().is_v6() ? "]" : "", endpoint.port());
}

// One descriptor for each worker, all of the same socket; an errno where there are none left.
int share(FileDescriptor socket, unsigned workers, std::vector<FileDescriptor>& into) {
  for (unsigned i = 1; i < workers; ++i) {
    FileDescriptor copy(fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    if (copy.get() < 0) return errno;
    into.push_back(std::move(copy));
  }
  into.push_back(std::move(socket));
  return 0;
}

}  // namespace

Result<Listener> listen_tcp(const std::string& host, std::uint16_t port, Transport transport,
                            unsigned workers) {
  tcp::endpoint endpoint(boost::asio::ip::make_address(host), port);
  auto named = [&] { return name_of_tcp(endpoint, transport); };
  // A socket that shares its port would join another program of this user there: one that does not
  // share tells first whether the port is free.
  {
    Result<FileDescriptor> probe = bind_tcp(endpoint, false, named());
    if (!probe) return probe.error();
    endpoint.port(endpoint_of(probe->get()).port());
  }
  Listener listener;
  listener.address = named();
  listener.transport = transport;
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
  listener.transport = Transport::unix_socket;
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
  if (int failed = share(std::move(socket), workers, listener.sockets)) {
    return cannot_listen(listener.address, failed);
  }
  return listener;
}

Result<Listener> take_listener(FileDescriptor socket, bool over_tls, unsigned workers) {
  const int family = option_of(socket.get(), SO_DOMAIN);
  const bool is_stream = option_of(socket.get(), SO_TYPE) == SOCK_STREAM;
  if (!is_stream || option_of(socket.get(), SO_ACCEPTCONN) != 1 ||
      (family != AF_UNIX && family != AF_INET && family != AF_INET6)) {
    return Error{Errc::bad_request,
                 "it is no listening stream socket: set ListenStream=, and leave Accept=no"};
  }
  if (over_tls && family == AF_UNIX) {
    return Error{
        Errc::bad_request,
        "TLS is not spoken on Unix sockets: give it another name (FileDescriptorName=), or an "
        "address of TCP"};
  }
  const int flags = fcntl(socket.get(), F_GETFL);
  if (flags < 0 || fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return Error{Errc::internal, fmt::format("it cannot be used: {}", std::strerror(errno))};
  }
  Listener listener;
  listener.handed_over = true;
  if (family == AF_UNIX) {
    listener.transport = Transport::unix_socket;
    listener.address = name_of_unix(socket.get());
  } else {
    const tcp::endpoint endpoint = endpoint_of(socket.get());
    listener.transport = over_tls ? Transport::tls : Transport::tcp;
    listener.is_local = endpoint.address().is_loopback();
    listener.address = name_of_tcp(endpoint, listener.transport);
  }
  if (int error = share(std::move(socket), workers, listener.sockets)) {
    return Error{Errc::internal, fmt::format("it cannot be used: {}", std::strerror(error))};
  }
  return listener;
}

bool close_queue(int socket, bool is_unix) {
  if (is_unix) {
    // Afterwards accept() still gives those who wait (unix_accept in Linux).
    ::shutdown(socket, SHUT_RD);
    return false;
  }
  // A listener that is closed resets those in its queue, and between an empty queue and close()
  // somebody may join: so its first packets, which have SYN set, are dropped from here on. The
  // client's system sends them again, and again, to whoever listens then.
  constexpr std::uint32_t flags_offset = 13;  // of a TCP header
  constexpr std::uint32_t syn = 0x02;
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_offset),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  const sock_fprog filter = {sizeof program / sizeof program[0], program};
  ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
  return !endpoint_of(socket).address().is_loopback();
}

}  // namespace byok::http
