// A TCP or Unix socket, read and written without waiting, and what is known of whether
// that would do anything. Who waits is told by a Poller.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/file_descriptor.hpp"
#include "daemon/net/awaitable.hpp"
#include "daemon/net/turn.hpp"

namespace byok::net {

// Takes `size` bytes off the front.
void consume(Gather& from, std::size_t size);
bool is_empty(const Gather& from);

struct Transferred {
  error_code error;
  std::size_t size = 0;
};

// A new socket whose connection to `peer` has been begun, without a delay for small segments (RFC
// 9293 section 3.7.4). Empty where the system has none or refuses at once; `failed` says why.
FileDescriptor begin_connection(const asio::ip::tcp::endpoint& peer, error_code& failed);

class PlainSocket {
 public:
  explicit PlainSocket(FileDescriptor socket) : socket_(std::move(socket)) {}

  bool is_open() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }
  FileDescriptor release() { return std::move(socket_); }
  void close() { socket_.reset(); }
  void shut_down_send();

  // What came of a connection that was begun: nothing while that is not known.
  std::optional<error_code> connected() const;

  // Takes note of what a Poller tells.
  void note(std::uint32_t events);
  // Whether read() may find something. Once it may, nobody tells so again before it found nothing.
  bool may_read() const { return may_read_; }
  // Whether the connection is reset, or closed both ways.
  bool is_dead() const { return dead_; }
  // Whether read() would find bytes now.
  bool has_bytes() const;

  // What there is to be read into `buffer`, which is not empty; nothing where that is still to
  // come. The peer's orderly end is asio::error::eof.
  std::optional<Transferred> read(asio::mutable_buffer buffer);

  // Each hands the kernel what it takes, in one system call: 0 bytes without an error where its
  // buffer is full.
  Transferred write(std::string_view bytes);
  Transferred write(const Gather& from);
  // What the kernel holds of it that the peer's has not taken, in bytes and about; 0 where that is
  // not known.
  std::int64_t untaken() const;

 private:
  FileDescriptor socket_;
  bool may_read_ = false;
  bool hung_up_ = false;
  bool dead_ = false;
};

}  // namespace byok::net
