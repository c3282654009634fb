// One turn of an event loop: what it does between two looks at the sockets. The first write of a
// turn goes out at once, for whoever waits for it; the others go together at the turn's end. Under
// load that saves most of what a write costs: waking a peer that had just gone to sleep.
#pragma once

#include <coroutine>
#include <vector>

#include "daemon/net/awaitable.hpp"

namespace byok::net {

class Turn {
 public:
  explicit Turn(Executor executor) : executor_(executor) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Whether this is the first write of its turn, which begins with it.
  bool begin();

  // Awaited, it waits for the turn's end.
  class End {
   public:
    explicit End(Turn& turn) : turn_(turn) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiter) { turn_.waiting_.push_back(awaiter); }
    void await_resume() const noexcept {}

   private:
    Turn& turn_;
  };
  End end() { return End(*this); }

 private:
  void finish();

  Executor executor_;
  bool begun_ = false;
  std::vector<std::coroutine_handle<>> waiting_;
  std::vector<std::coroutine_handle<>> resuming_;
};

}  // namespace byok::net
