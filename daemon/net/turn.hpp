// One turn of an event loop: what it does between two looks at the sockets. The first write of a
// turn goes out at once, for whoever waits for it; the others are gathered and go together at the
// turn's end. Under load that saves most of what a write costs: waking a peer that had just gone to
// sleep.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "common/secret.hpp"
#include "daemon/net/awaitable.hpp"

namespace byok::net {

// Up to three stretches of bytes that are written one after the other.
using Gather = std::array<asio::const_buffer, 3>;

class Turn {
 public:
  class Sender {
   public:
    // Sends what defer() took, in the order it was given.
    virtual void send_deferred(std::string_view bytes) = 0;

   protected:
    ~Sender() = default;
  };

  explicit Turn(Executor executor) : executor_(executor), gathered_(capacity) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // What opens a turn closes it. A write outside of that begins a turn of its own, which lasts
  // until what is ready now has been done.
  void open();
  void close();

  // The time when this turn was first asked for it: one look at the clock for all of its events,
  // which count their waiting for each other. Outside of a turn, now.
  std::chrono::steady_clock::time_point time();

  // Called at each open() and close(), the latter after the last write.
  void on_open(std::function<void()> opened) { opened_ = std::move(opened); }
  void on_close(std::function<void()> closed) { closed_ = std::move(closed); }

  // Whether this is the first write of its turn.
  bool first_write();
  // Copies `bytes`, for `sender` to send at the turn's end; false where they are too many. A sender
  // calls send_now() before it goes.
  bool defer(Sender& sender, const Gather& bytes);
  // Sends what was deferred until now.
  void send_now();

 private:
  struct Deferred {
    Sender* sender;
    std::size_t size;
  };

  static constexpr std::size_t capacity = 64 * 1024;
  static constexpr std::size_t most_of_one = 4 * 1024;

  Executor executor_;
  WipingBuffer gathered_;
  std::size_t size_ = 0;
  std::vector<Deferred> deferred_;
  std::function<void()> opened_, closed_;
  std::chrono::steady_clock::time_point time_{};  // none: not asked for yet
  bool open_ = false;
  bool written_ = false;
};

}  // namespace byok::net
