#include "common/http_connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/http_tls.hpp"

namespace byok {
namespace {

using Clock = std::chrono::steady_clock;
using Deadline = HttpConnection::Deadline;
using Io = HttpConnection::Io;

HttpError unreachable(std::string_view reason) {
  return {HttpFailure::unreachable, std::string(reason)};
}

HttpError system_error(int error) { return unreachable(std::strerror(error)); }

// OpenSSL writes with write(2), which cannot be told to leave SIGPIPE out; a program's other
// outputs may count on it. So the signal is held back for the call, and taken if it is new.
class SigpipeHeldBack {
 public:
  SigpipeHeldBack() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeHeldBack() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    int error = errno;
    constexpr timespec at_once{};
    sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  SigpipeHeldBack(const SigpipeHeldBack&) = delete;
  SigpipeHeldBack& operator=(const SigpipeHeldBack&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

int poll_timeout(Deadline deadline) {
  if (deadline == Deadline::max()) return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000'000));
}

timeval time_left(Deadline deadline) {
  int left = std::max(1, poll_timeout(deadline));
  return {left / 1000, left % 1000 * 1000};
}

bool is_readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return fd >= 0 && poll(&polled, 1, 0) > 0;
}

HttpResult<FileDescriptor> connect_unix(const std::string& path, Deadline deadline,
                                        int interrupt_fd) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error(errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return system_error(ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  // A Unix socket whose backlog is full cannot be polled for. Its blocking connect() keeps to the
  // send timeout, and is made again as long as nobody interrupts.
  constexpr std::chrono::milliseconds between_looks{100};
  for (;;) {
    timeval patience = time_left(std::min(deadline, Clock::now() + between_looks));
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) break;
    if (is_readable(interrupt_fd)) return HttpError{HttpFailure::interrupted, "interrupted"};
    if (errno != EAGAIN && errno != EINTR) return system_error(errno);
    if (Clock::now() >= deadline) return unreachable("it did not answer in time");
  }
  fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

HttpResult<FileDescriptor> connect_to(const addrinfo& address, Deadline deadline,
                                      int interrupt_fd) {
  FileDescriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return system_error(errno);
  int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return system_error(errno);

  auto connected = wait_for(socket.get(), POLLOUT, deadline, interrupt_fd);
  if (!connected) {
    return connected.error().failure == HttpFailure::timed_out
               ? unreachable("it did not answer in time")
               : connected.error();
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return system_error(error);
  return socket;
}

HttpResult<FileDescriptor> connect_tcp(const HttpAddress& address, Deadline deadline,
                                       int interrupt_fd) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return unreachable(gai_strerror(error));
  Handle<addrinfo, freeaddrinfo> addresses(found);

  HttpResult<FileDescriptor> socket = unreachable("the name has no address");
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    socket = connect_to(*next, deadline, interrupt_fd);
    if (socket || socket.error().failure == HttpFailure::interrupted) break;
  }
  return socket;
}

}  // namespace

void throw_exception_from_error(const HttpError& error, const boost::source_location&) {
  throw std::logic_error(error.message);
}

HttpResult<void> wait_for(int fd, short events, Deadline deadline, int interrupt_fd) {
  for (;;) {
    std::array<pollfd, 2> polled{{{fd, events, 0}, {interrupt_fd, POLLIN, 0}}};
    int ready = poll(polled.data(), polled.size(), poll_timeout(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) throw std::system_error(errno, std::generic_category(), "poll");
    if (polled[1].revents != 0) return HttpError{HttpFailure::interrupted, "interrupted"};
    if (polled[0].revents != 0) return {};
    if (Clock::now() >= deadline) return HttpError{HttpFailure::timed_out, "no answer in time"};
  }
}

HttpResult<HttpConnection> HttpConnection::open(const HttpAddress& address,
                                                const HttpTlsFiles& files, Deadline deadline,
                                                int interrupt_fd) {
  auto socket = address.kind == HttpAddress::Kind::unix_socket
                    ? connect_unix(address.host, deadline, interrupt_fd)
                    : connect_tcp(address, deadline, interrupt_fd);
  if (!socket) return socket.error();
  HttpConnection connection;
  connection.socket_ = std::move(*socket);
  if (address.kind == HttpAddress::Kind::tls) {
    auto shaken = connection.shake_hands(address, files, deadline, interrupt_fd);
    if (!shaken) return shaken.error();
  }
  return connection;
}

HttpResult<void> HttpConnection::shake_hands(const HttpAddress& address, const HttpTlsFiles& files,
                                             Deadline deadline, int interrupt_fd) {
  tls_context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!tls_context_) throw std::bad_alloc();
  if (auto used = use_tls_files(tls_context_.get(), files); !used) return used.error();
  tls_.reset(SSL_new(tls_context_.get()));
  if (!tls_) throw std::bad_alloc();
  SSL* tls = tls_.get();
  SSL_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_set_verify(tls, SSL_VERIFY_PEER, nullptr);
  SSL_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // An IP address is never sent as server name (RFC 6066 section 3), and is looked for among the
  // certificate's addresses, not its names.
  X509_VERIFY_PARAM* verified = SSL_get0_param(tls);
  if (X509_VERIFY_PARAM_set1_ip_asc(verified, address.host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(verified, address.host.data(), address.host.size());
    SSL_set_tlsext_host_name(tls, address.host.c_str());
  }
  constexpr std::array<unsigned char, 9> http11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(tls, http11.data(), http11.size());
  SSL_set_fd(tls, socket_.get());

  for (;;) {
    int returned;
    {
      SigpipeHeldBack held_back;
      ERR_clear_error();
      returned = SSL_connect(tls);
    }
    if (returned == 1) return {};
    Moved moved = tls_outcome(returned);
    if (moved.io != Io::again) break;
    auto ready = wait_for(socket_.get(), moved.events, deadline, interrupt_fd);
    if (!ready) return ready.error();
  }
  return explain_failed_handshake(tls, address.host);
}

HttpConnection::Moved HttpConnection::tls_outcome(int returned) {
  switch (SSL_get_error(tls_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {Io::again, 0, POLLIN};
    case SSL_ERROR_WANT_WRITE:
      return {Io::again, 0, POLLOUT};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::closed};
    default:
      // An end without close_notify is an error too: somebody may have cut the answer short.
      reason_ = tls_reason();
      return {Io::failed};
  }
}

HttpConnection::Moved HttpConnection::read(std::span<char> into) {
  if (tls_) {
    SigpipeHeldBack held_back;
    ERR_clear_error();
    std::size_t size = 0;
    int returned = SSL_read_ex(tls_.get(), into.data(), into.size(), &size);
    return returned == 1 ? Moved{Io::done, size} : tls_outcome(returned);
  }
  ssize_t size = recv(socket_.get(), into.data(), into.size(), 0);
  if (size > 0) return {Io::done, static_cast<std::size_t>(size)};
  if (size == 0) return {Io::closed};
  return errno == EAGAIN || errno == EINTR ? Moved{Io::again, 0, POLLIN} : Moved{Io::failed};
}

HttpConnection::Moved HttpConnection::write(std::string_view bytes) {
  if (tls_) {
    SigpipeHeldBack held_back;
    ERR_clear_error();
    std::size_t size = 0;
    int returned = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &size);
    return returned == 1 ? Moved{Io::done, size} : tls_outcome(returned);
  }
  ssize_t size = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size >= 0) return {Io::done, static_cast<std::size_t>(size)};
  return errno == EAGAIN || errno == EINTR ? Moved{Io::again, 0, POLLOUT} : Moved{Io::failed};
}

bool HttpConnection::is_stale() const {
  pollfd polled{socket_.get(), POLLIN, 0};
  return poll(&polled, 1, 0) != 0;
}

}  // namespace byok
