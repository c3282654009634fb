// One connection with its receive buffer. At most one read is under way at a time, and it may be
// left under way while nobody waits for it: so the next message is fetched, and a peer that hangs
// up is noticed, without a system call or a timer of their own.
//
// Lives on one worker's thread, held by shared pointers: a read under way holds one.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "common/secret.hpp"
#include "daemon/net/loop.hpp"
#include "daemon/net/stream.hpp"
#include "daemon/net/waiting.hpp"

namespace byok::net {

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  // `loop` outlives this. `capacity`: of the receive buffer at first, in bytes.
  Channel(Stream stream, Loop& loop, std::size_t capacity);
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

  // Waits for at least one more byte, growing the buffer up to `max_capacity`; awaited at once, it
  // gives an error_code. The peer's orderly end is asio::error::eof; a full buffer is
  // asio::error::no_buffer_space.
  class Receive;
  Receive receive(std::size_t max_capacity);

  // Reads past the receive buffer, into the caller's. Only when nothing is received and no read is
  // under way (see reading()). Awaited, it gives (error_code, std::size_t).
  auto read_into(asio::mutable_buffer buffer) {
    return async<error_code, std::size_t>(
        [this, buffer](auto done) { stream_.read_some(buffer, std::move(done)); });
  }

  // Begins to read what comes after what has been received, without disturbing it. Views into
  // received() stay valid. Does nothing where a read is under way or the buffer is full.
  void read_ahead();
  bool reading() const { return reading_; }

  // Called when a read that nobody waits for finds that the peer has gone. Empty to disarm.
  void on_hangup(std::function<void()> gone) { gone_ = std::move(gone); }

  // Writes all of it, in one system call where the socket takes that much; see Turn for when.
  Awaitable<error_code> write(std::string_view first, std::string_view second = {},
                              std::string_view third = {});

  void close();

 private:
  Awaitable<error_code> write_rest(Gather rest);
  Awaitable<error_code> write_at_end_of_turn(Gather rest);
  void start_read(std::size_t at, std::size_t size);
  void finish_read(error_code ec, std::size_t size);
  void make_room(std::size_t max_capacity);

  Stream stream_;
  Turn& turn_;
  Deadline deadline_;
  WipingBuffer buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what has been received
  std::size_t ahead_ = 0;            // where the read under way puts its bytes
  std::size_t ahead_size_ = 0;       // received there, where that is not end_
  error_code error_;                 // of a read that nobody waited for
  Signal read_;                      // the read under way has ended
  std::function<void()> gone_;
  bool reading_ = false;
  bool timed_out_ = false;
};

class Channel::Receive {
 public:
  bool await_ready() const noexcept { return !channel_.reading_; }
  void await_suspend(std::coroutine_handle<> awaiter) {
    channel_.read_.wait().await_suspend(awaiter);
  }
  error_code await_resume() const;

 private:
  friend class Channel;
  Receive(Channel& channel, error_code failed)
      : channel_(channel), before_(channel.end_ - channel.begin_), failed_(failed) {}

  Channel& channel_;
  std::size_t before_;  // bytes that were held already
  error_code failed_;   // before anything was begun
};

}  // namespace byok::net
