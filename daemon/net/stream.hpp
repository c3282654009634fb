// A byte stream to one peer: a TCP or Unix socket, bare or under TLS, behind one pair of calls.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
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

  template <class Handler>
  auto read_some(asio::mutable_buffer into, Handler&& handler) {
    if (tls_) return tls_->async_read_some(into, std::forward<Handler>(handler));
    return socket_.async_read_some(into, std::forward<Handler>(handler));
  }

  // (error, size): writes at least one byte of what is not empty.
  auto write_some(const Gather& from) {
    // Under TLS one record for each stretch: a gather write would be copied together by Asio in a
    // buffer that nobody wipes.
    if (tls_) return tls_->async_write_some(first_of(from), asio::as_tuple(use_awaitable));
    return socket_.async_write_some(from, asio::as_tuple(use_awaitable));
  }

  // Ends all that is under way; every pending call returns operation_aborted.
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  static asio::const_buffer first_of(const Gather& from) {
    for (const asio::const_buffer& stretch : from) {
      if (stretch.size() > 0) return stretch;
    }
    return {};
  }

  Socket socket_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace byok::net
