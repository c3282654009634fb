// One connection with its receive buffer. At most one read is under way at a time, and it may be
// left under way while nobody waits for it: so the next message is fetched, and a peer that hangs
// up is noticed, without a system call or a timer of their own.
//
// Lives on one worker's thread, held by shared pointers.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "common/secret.hpp"
#include "daemon/net/loop.hpp"
#include "daemon/net/plain_socket.hpp"
#include "daemon/net/tls_socket.hpp"
#include "daemon/net/waiting.hpp"

namespace byok::net {

class Channel final : public std::enable_shared_from_this<Channel>,
                      private Poller::Watcher,
                      private Turn::Sender {
 public:
  // Takes over a socket that is connected, or about to be. `loop` outlives this. `capacity`: of the
  // receive buffer at first, in bytes. Throws std::system_error where the system has no room to
  // watch it.
  Channel(FileDescriptor socket, Loop& loop, std::size_t capacity);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Waits until the connection stands, before anything else is done with it; the error where it
  // does not come to that, asio::error::operation_aborted where the deadline passes.
  Awaitable<error_code> connected();

  // Speaks TLS from here on, over the same socket; the handshake is the caller's next step. Nothing
  // is under way, and nothing is received. Throws std::bad_alloc.
  TlsSocket& start_tls(SSL_CTX* context, TlsSide side);
  // The error where the handshake fails, asio::error::operation_aborted where the deadline passes.
  Awaitable<error_code> handshake();
  // Speaks in the clear again, to a peer that never spoke TLS; what was received of it is lost.
  void stop_tls() { tls_.reset(); }
  // Null where TLS is not spoken.
  const TlsSocket* tls() const { return tls_.get(); }

  Deadline& deadline() { return deadline_; }
  bool is_open() const { return socket_.is_open(); }
  // For asking the system about the connection; negative once it is closed.
  int descriptor() const { return socket_.fd(); }
  // From here on the peer has to take `least_taken` bytes of what is written in each `time`,
  // however long it takes over all of it: else it is as if the deadline had passed. Something may
  // be read meanwhile, with the deadline above.
  void expect_taking(Milliseconds time);
  void expect_no_taking() { write_deadline_->clear(); }
  static constexpr std::int64_t least_taken = 16 * 1024;
  // A deadline passed: what was under way has been aborted, and the connection is good for a last
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
  // under way (see reading()).
  Awaitable<Transferred> read_into(asio::mutable_buffer buffer);

  // Whether bytes wait to be read behind what has been received. False at times where some do,
  // over TLS; never true where none has come.
  bool has_unread() const;

  // Begins to read what comes after what has been received, without disturbing it. Views into
  // received() stay valid. Does nothing where a read is under way or the buffer is full.
  void read_ahead();
  bool reading() const { return reading_; }

  // Called when a read that nobody waits for finds that the peer has gone, or where there is no
  // read, when the system tells that nothing can reach it any more. Empty to disarm.
  void on_hangup(std::function<void()> gone);

  // Writes all of it, in one system call where the socket takes that much; see Turn for when. What
  // is little may have been taken over only when this is done: what goes wrong with it then is told
  // by the next call, or by a read.
  Awaitable<error_code> write(std::string_view first, std::string_view second = {},
                              std::string_view third = {});
  // Writes as much as goes without waiting, and tells how much that is: nothing over TLS, nor where
  // something is still to go before it. What goes wrong is told by the next call.
  std::size_t write_at_once(std::string_view first, std::string_view second);
  // Waits until the kernel has all that was taken over, or never will.
  Awaitable<void> flush();
  // Whether the kernel has all that was written, and nothing went wrong.
  bool all_sent() const { return !deferred_ && unsent_.empty() && !write_error_; }

  // Over TLS, tells the peer that all has been sent: without that word it must take what came last
  // for cut off. Nothing is sent after it. Does nothing where something is still to go.
  void end_stream();
  // The same, and for any peer.
  void shut_down_send();

  // What is under way ends with asio::error::operation_aborted, at the loop's next turn. What the
  // kernel does not take at once of what was taken over is lost.
  void close();

 private:
  void ready(std::uint32_t events) override;
  void send_deferred(std::string_view bytes) override;
  void send_unsent();
  void abort();
  void expire();
  void look_at_taking();
  bool may_read() const { return tls_ ? tls_->may_read() : socket_.may_read(); }
  Transferred send(std::string_view bytes);
  Transferred send(const Gather& from);
  Transferred given(Transferred sent);
  Awaitable<error_code> wait_until_connected();
  Awaitable<error_code> write_rest(Gather rest);
  void start_read(char* into, std::size_t size);
  void finish_read(Transferred got);
  void tell_gone();
  void read_some();
  void make_room(std::size_t max_capacity);

  Loop& loop_;
  PlainSocket socket_;
  std::unique_ptr<TlsSocket> tls_;  // over the socket
  Deadline deadline_;
  std::optional<Deadline> write_deadline_;  // made when it is first needed
  Milliseconds write_time_{};
  std::int64_t given_ = 0;  // to the socket
  std::int64_t taken_ = 0;  // of that, when it was last looked at
  WipingBuffer buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what has been received
  std::size_t ahead_ = 0;            // where the read under way puts its bytes
  std::size_t ahead_size_ = 0;       // received there, where that is not end_
  asio::mutable_buffer reading_into_;
  std::optional<Transferred> past_;  // what read_into() has read
  error_code error_;                 // of a read that nobody waited for
  Signal read_;                      // the read under way has ended
  WipingBuffer unsent_;              // taken over, and not yet taken by the kernel
  error_code write_error_;           // of what was taken over
  Crowd writable_;
  std::function<void()> gone_;
  bool deferred_ = false;  // the turn holds something to send
  bool reading_ = false;
  bool reading_past_ = false;  // into what read_into() was given
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
