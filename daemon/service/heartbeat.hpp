// A sign of life in a stream of server-sent events while the provider is silent: clients and
// proxies on the way give up on connections that say nothing for long.
#pragma once

#include <exception>
#include <string_view>

#include "daemon/net/deadline.hpp"
#include "daemon/net/waiting.hpp"
#include "daemon/providers/format.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// A block of its own that every SDK of that format reads over. Anthropic has an event for it.
std::string_view heartbeat_of(providers::Format format);

// Beats from start() on, whenever the client has got nothing for the interval, whatever the
// provider sends meanwhile. Who writes to the exchange calls hush() before and written() after; it
// must be hushed before it goes.
class Heartbeat {
 public:
  static constexpr net::Milliseconds interval{15'000};

  // `beat` outlives this.
  Heartbeat(Worker& worker, Exchange& exchange, std::string_view beat);

  void start();
  // The client has got something else.
  void written() { last_ = net::coarse_now(); }
  // Ends it until the next start(), and waits until a beat that is under way is out.
  net::Awaitable<void> hush();

 private:
  void beat();
  net::Awaitable<void> send();

  Exchange& exchange_;
  std::string_view beat_;
  net::Deadline silence_;
  net::Clock::time_point last_ = net::coarse_now();
  bool sending_ = false;
  bool hushed_ = false;
  net::Signal sent_;
};

// Runs `relay(heartbeat)`, which hushes it before it writes and starts it before it waits, and sees
// to it that no beat is under way at the end, however that comes.
template <class Relay>
net::Awaitable<void> with_heartbeat(Worker& worker, Exchange& exchange, std::string_view beat,
                                    Relay relay) {
  Heartbeat heartbeat(worker, exchange, beat);
  std::exception_ptr broken;
  try {
    co_await relay(heartbeat);
  } catch (...) {
    broken = std::current_exception();
  }
  co_await heartbeat.hush();
  if (broken) std::rethrow_exception(broken);
}

}  // namespace byok::service
