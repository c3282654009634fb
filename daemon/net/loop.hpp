// What one worker's event loop gives to its connections. Used on that worker's thread only.
#pragma once

#include "daemon/net/awaitable.hpp"
#include "daemon/net/deadline.hpp"
#include "daemon/net/poller.hpp"
#include "daemon/net/turn.hpp"

namespace byok::net {

struct Loop {
  explicit Loop(Executor on) : executor(on), deadlines(on), turn(on), poller(on, turn) {}

  Executor executor;
  Deadlines deadlines;
  Turn turn;
  Poller poller;
};

}  // namespace byok::net
