// A byte stream to one peer: a TCP or Unix socket, bare or under TLS, behind one set of calls.
#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>

#include "daemon/net/awaitable.hpp"

namespace byok::net {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

// Up to three stretches of bytes that are written one after the other.
using Gather = std::array<asio::const_buffer, 3>;

// Takes `size` bytes off the front.
void consume(Gather& from, std::size_t size);
bool is_empty(const Gather& from);

class Stream {
 public:
  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  Socket& socket() { return socket_; }
  bool is_open() const { return socket_.is_open(); }
  Executor executor() { return socket_.get_executor(); }

  // Speaks TLS from here on; the handshake is the caller's next step. `context` must outlive this.
  asio::ssl::stream<Socket&>& start_tls(asio::ssl::context& context) {
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, context);
    return *tls_;
  }
  bool is_tls() const { return tls_ != nullptr; }

  // Both begin an operation; `handler` takes (error_code, std::size_t). Writing takes at least one
  // byte of what is not empty.
  template <class Handler>
  void read_some(asio::mutable_buffer into, Handler&& handler) {
    if (tls_) {
      tls_->async_read_some(into, std::forward<Handler>(handler));
    } else {
      socket_.async_read_some(into, std::forward<Handler>(handler));
    }
  }
  template <class Handler>
  void write_some(const Gather& from, Handler&& handler) {
    // Under TLS one record for each stretch: a gather write would be copied together by Asio in a
    // buffer that nobody wipes.
    if (tls_) {
      tls_->async_write_some(first_of(from), std::forward<Handler>(handler));
    } else {
      socket_.async_write_some(from, std::forward<Handler>(handler));
    }
  }

  // Hands the kernel what it takes without waiting, in one system call, and returns how much that
  // was: 0 under TLS, with a full send buffer, and after a failure, which write_some() then tells.
  std::size_t write_now(const Gather& from);

  // Ends all that is under way; every pending call returns operation_aborted.
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  static asio::const_buffer first_of(const Gather& from);

  Socket socket_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace byok::net
