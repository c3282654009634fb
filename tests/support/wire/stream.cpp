#include "tests/support/wire/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace byok::testing {
namespace {

[[noreturn]] void lost(const char* what) {
  throw ConnectionLost(std::string(what) + ": " + std::strerror(errno));
}

// False where `limit` passed first.
bool wait_for(int fd, short events, std::chrono::milliseconds limit) {
  pollfd poller{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&poller, 1, static_cast<int>(limit.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void set_option(int fd, int level, int name, int value) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) lost("setsockopt");
}

}  // namespace

void Fd::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Stream Stream::connect_tcp(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    lost("connect");
  }
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  return Stream(std::move(fd));
}

Stream Stream::connect_unix(const std::string& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw ConnectionLost("socket path is too long");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    lost("connect");
  }
  return Stream(std::move(fd));
}

Stream Stream::connect_tls(std::uint16_t port, SSL_CTX* tls) {
  Stream stream = connect_tcp(port);
  stream.tls_.reset(SSL_new(tls));
  SSL* ssl = stream.tls_.get();
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), "127.0.0.1");
  SSL_set_fd(ssl, stream.fd());
  if (SSL_connect(ssl) != 1) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    std::string why = reason == nullptr ? "the connection ended" : reason;
    ERR_clear_error();
    throw ConnectionLost("the TLS handshake failed: " + why);
  }
  return stream;
}

Stream::Stream(Fd fd, SSL_CTX* tls) : fd_(std::move(fd)) {
  if (tls == nullptr) return;
  tls_.reset(SSL_new(tls));
  SSL_set_fd(tls_.get(), fd_.get());
  if (SSL_accept(tls_.get()) != 1) {
    ERR_clear_error();
    throw ConnectionLost("the TLS handshake failed");
  }
}

std::size_t Stream::read_some(char* out, std::size_t size, std::chrono::milliseconds limit) {
  bool buffered = tls_ && SSL_pending(tls_.get()) > 0;
  if (!buffered && !wait_for(fd_.get(), POLLIN, limit)) {
    throw TimedOut("nothing came from the peer");
  }
  if (tls_) {
    std::size_t got = 0;
    if (SSL_read_ex(tls_.get(), out, size, &got) == 1) return got;
    ERR_clear_error();
    return 0;
  }
  ssize_t got = 0;
  do {
    got = ::recv(fd_.get(), out, size, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) lost("recv");
  return static_cast<std::size_t>(got);
}

void Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (tls_) {
      std::size_t put = 0;
      if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &put) != 1) {
        ERR_clear_error();
        throw ConnectionLost("TLS write");
      }
      bytes.remove_prefix(put);
      continue;
    }
    ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) lost("send");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Stream::finish_writing() {
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(fd_.get(), SHUT_WR);
}

void Stream::reset() {
  linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.close();
}

bool Stream::peer_left(std::chrono::milliseconds limit) {
  return wait_for(fd_.get(), POLLRDHUP, limit);
}

Fd listen_tcp(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  sockaddr_in address = loopback(port);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) lost("bind");
  if (::listen(fd.get(), SOMAXCONN) != 0) lost("listen");
  return fd;
}

std::uint16_t port_of(const Fd& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    lost("getsockname");
  }
  return ntohs(address.sin_port);
}

Fd accept(const Fd& listener) {
  for (;;) {
    Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd) {
      set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
      return fd;
    }
    if (errno != EINTR && errno != ECONNABORTED) lost("accept");
  }
}

std::int64_t monotonic_us() {
  // libstdc++'s steady clock is CLOCK_MONOTONIC.
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace byok::testing
