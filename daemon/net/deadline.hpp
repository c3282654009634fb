// Deadlines, kept by one slow clock a worker instead of one timer each: setting one costs a store,
// which is what a proxy does several times a request. They fire up to one tick late.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>

#include "daemon/net/awaitable.hpp"

namespace byok::net {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

class Deadlines;

// Some milliseconds behind Clock::now(), and much cheaper.
Clock::time_point coarse_now();

// One party's deadline: unset at first. It must not outlive its Deadlines.
class Deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `expire` is called on the worker's thread, once each time that the deadline passes; it may
  // destroy this object.
  Deadline(Deadlines& clock, std::function<void()> expire);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set(Milliseconds from_now) { at_ = coarse_now() + from_now; }
  void clear() { at_ = Clock::time_point::max(); }

 private:
  friend class Deadlines;
  Clock::time_point at_ = Clock::time_point::max();
  std::function<void()> expire_;
};

// One worker's clock. Used on that worker's thread only.
class Deadlines {
 public:
  static constexpr Milliseconds tick{100};

  explicit Deadlines(Executor executor);

  // Ticks no more, so that the io_context can run dry.
  void stop();

 private:
  friend class Deadline;
  void add(Deadline& deadline);
  void wait();
  void sweep();

  using List = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;
  List deadlines_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer_;
  bool ticking_ = false;
  bool stopped_ = false;
};

}  // namespace byok::net
