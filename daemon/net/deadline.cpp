#include "daemon/net/deadline.hpp"

#include <ctime>

namespace byok::net {

Clock::time_point coarse_now() {
  // libstdc++'s steady clock is CLOCK_MONOTONIC, of which this is the last tick.
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return Clock::time_point(std::chrono::seconds(now.tv_sec) +
                           std::chrono::nanoseconds(now.tv_nsec));
}

Deadline::Deadline(Deadlines& clock, std::function<void()> expire) : expire_(std::move(expire)) {
  clock.add(*this);
}

Deadlines::Deadlines(Executor executor) : timer_(executor) {}

void Deadlines::add(Deadline& deadline) {
  deadlines_.push_back(deadline);
  wait();
}

void Deadlines::stop() {
  stopped_ = true;
  timer_.cancel();
}

void Deadlines::wait() {
  if (ticking_ || stopped_ || deadlines_.empty()) return;
  ticking_ = true;
  timer_.expires_after(tick);
  timer_.async_wait([this](error_code ec) {
    ticking_ = false;
    if (ec || stopped_) return;
    sweep();
    wait();
  });
}

void Deadlines::sweep() {
  Clock::time_point now = coarse_now();
  // What expires may unlink or add any of the others: each passed one is moved to a list of its own
  // first, and taken from there one at a time.
  List passed;
  for (auto it = deadlines_.begin(); it != deadlines_.end();) {
    Deadline& deadline = *it++;
    if (deadline.at_ > now) continue;
    deadline.unlink();
    passed.push_back(deadline);
  }
  while (!passed.empty()) {
    Deadline& deadline = passed.front();
    deadline.unlink();
    deadlines_.push_back(deadline);
    // One that expired before it may have put it off.
    if (deadline.at_ > now) continue;
    deadline.clear();
    deadline.expire_();
  }
}

}  // namespace byok::net
