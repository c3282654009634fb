// A connected socket for the tests' own client and servers: blocking calls with a limit in time,
// and the rude things that a well-behaved library will not do, such as a reset.
//
// It shares no code with the product: what checks a parser must not be that parser.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "common/handle.hpp"

namespace byok::testing {

// How long anything may take before a test is given up as hung. Generous: sanitizers and a busy
// machine must never reach it.
inline constexpr std::chrono::milliseconds patience = std::chrono::seconds(120);

// The peer reset the connection, or it could not be made.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A limit in time was reached.
class TimedOut : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

class Stream {
 public:
  // Both throw ConnectionLost where nobody listens.
  static Stream connect_tcp(std::uint16_t port);  // on 127.0.0.1
  static Stream connect_unix(const std::string& path);
  // Shakes hands over TLS too; throws ConnectionLost where that fails, or what is there is not for
  // 127.0.0.1. `tls` stays the caller's.
  static Stream connect_tls(std::uint16_t port, SSL_CTX* tls);
  // An accepted connection; with `tls` the handshake is made here. `tls` stays the caller's.
  explicit Stream(Fd fd, SSL_CTX* tls = nullptr);

  // The number of bytes put into `out`, at least one; 0 at the end of what the peer sends.
  std::size_t read_some(char* out, std::size_t size, std::chrono::milliseconds limit = patience);
  // Blocks until the kernel has taken all.
  void write(std::string_view bytes);
  // Says that nothing more will be written; reading goes on.
  void finish_writing();
  // Closes with a RST instead of a FIN.
  void reset();
  // Waits until the peer has closed its side, without reading; false where it has not.
  bool peer_left(std::chrono::milliseconds limit);
  int fd() const { return fd_.get(); }
  // Null without TLS.
  SSL* tls() const { return tls_.get(); }
  // Whether the peer has said over TLS that nothing more comes, instead of just closing.
  bool ended_in_order() const {
    return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

 private:
  Fd fd_;
  Handle<SSL, SSL_free> tls_;
};

// A socket that listens on 127.0.0.1; port 0 picks one.
Fd listen_tcp(std::uint16_t port = 0);
std::uint16_t port_of(const Fd& listener);
// The next connection. Throws ConnectionLost once the listener is shut down.
Fd accept(const Fd& listener);

// CLOCK_MONOTONIC, which all processes of a machine share.
std::int64_t monotonic_us();

}  // namespace byok::testing
