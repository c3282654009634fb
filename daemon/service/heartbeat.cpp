#include "daemon/service/heartbeat.hpp"

#include <algorithm>

namespace byok::service {

using net::Awaitable;

std::string_view heartbeat_of(providers::Format format) {
  if (format == providers::Format::anthropic) {
    return "event: ping\ndata: {\"type\":\"ping\"}\n\n";
  }
  return ": keep-alive\n\n";
}

Heartbeat::Heartbeat(Worker& worker, Exchange& exchange, std::string_view beat)
    : exchange_(exchange), beat_(beat), silence_(worker.loop.deadlines, [this] { this->beat(); }) {}

void Heartbeat::start() {
  auto silent = std::chrono::duration_cast<net::Milliseconds>(net::coarse_now() - last_);
  silence_.set(std::max(interval - silent, net::Milliseconds{0}));
}

Awaitable<void> Heartbeat::hush() {
  silence_.clear();
  hushed_ = true;
  while (sending_) co_await sent_.wait();
  hushed_ = false;
}

void Heartbeat::beat() {
  silence_.clear();
  sending_ = true;
  net::spawn(send());
}

Awaitable<void> Heartbeat::send() {
  bool alive = false;
  try {
    alive = co_await exchange_.write(beat_);
  } catch (const std::exception&) {
    // The stream ends where the next piece is written.
  }
  sending_ = false;
  written();
  if (alive && !hushed_) start();
  // The last that this does: who waits may end the heartbeat.
  sent_.wake();
}

}  // namespace byok::service
