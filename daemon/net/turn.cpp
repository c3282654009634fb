#include "daemon/net/turn.hpp"

#include <boost/asio/post.hpp>

namespace byok::net {

bool Turn::begin() {
  if (begun_) return false;
  begun_ = true;
  // Stands in the loop's queue behind what is ready now.
  asio::post(executor_, [this] { finish(); });
  return true;
}

void Turn::finish() {
  begun_ = false;
  resuming_.swap(waiting_);
  for (std::coroutine_handle<> coroutine : resuming_) coroutine.resume();
  resuming_.clear();
}

}  // namespace byok::net
