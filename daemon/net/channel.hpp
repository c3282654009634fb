// One connection with its receive buffer. At most one read is under way at a time, and it may be
// left under way while nobody waits for it: so the next message is fetched, and a peer that hangs
// up is noticed, without a system call or a timer of their own.
//
// Lives on one worker's thread, held by shared pointers: a read under way holds one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "common/secret.hpp"
#include "daemon/net/deadline.hpp"
#include "daemon/net/stream.hpp"

namespace byok::net {

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  // `capacity`: of the receive buffer at first, in bytes.
  Channel(Stream stream, Deadlines& clock, std::size_t capacity);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Stream& stream() { return stream_; }
  Deadline& deadline() { return deadline_; }
  bool is_open() const { return stream_.is_open(); }
  // The deadline passed: what was under way has been aborted, and the connection is good for a last
  // word at most.
  bool timed_out() const { return timed_out_; }
  // A read has failed, or found the peer's end.
  bool ended() const { return static_cast<bool>(error_); }

  // What has been received and not been consumed. Views into it stay valid until consume() takes
  // them, or receive() is awaited.
  std::string_view received() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Wipes the first `size` bytes: what comes here may hold a key or token.
  void consume(std::size_t size);

  // Puts bytes that were read past the buffer behind what is received. No read may be under way.
  void put_back(std::string_view bytes);

  // Waits for at least one more byte, growing the buffer up to `max_capacity`. The peer's orderly
  // end is asio::error::eof; a full buffer is asio::error::no_buffer_space.
  Awaitable<error_code> receive(std::size_t max_capacity);

  // Reads past the receive buffer, into the caller's. Only when nothing is received and no read is
  // under way (see reading()).
  Awaitable<std::pair<error_code, std::size_t>> read_into(asio::mutable_buffer buffer);

  // Begins to read what comes after what has been received, without disturbing it. Views into
  // received() stay valid. Does nothing where a read is under way or the buffer is full.
  void read_ahead();
  bool reading() const { return reading_; }

  // Called when a read that nobody waits for finds that the peer has gone. Empty to disarm.
  void on_hangup(std::function<void()> gone) { gone_ = std::move(gone); }

  // Writes all of it, in one system call where the socket takes that much.
  Awaitable<error_code> write(std::string_view first, std::string_view second = {},
                              std::string_view third = {});

  void close();

 private:
  void start_read(std::size_t at, std::size_t size);
  void finish_read(error_code ec, std::size_t size);
  void make_room(std::size_t max_capacity);

  Stream stream_;
  Deadline deadline_;
  WipingBuffer buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what has been received
  std::size_t ahead_ = 0;            // where the read under way puts its bytes
  std::size_t ahead_size_ = 0;       // received there, where that is not end_
  error_code error_;                 // of a read that nobody waited for
  std::optional<Wakeup> waiter_;
  std::function<void()> gone_;
  bool reading_ = false;
  bool timed_out_ = false;
};

}  // namespace byok::net
