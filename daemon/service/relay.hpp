// A provider's answer on its way to the client, as it comes.
#pragma once

#include <cstdint>
#include <optional>

#include "common/error.hpp"
#include "daemon/service/call_meter.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/pass_through.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/upstream/call.hpp"

namespace byok::service {

// What is left of a key once the head is written.
struct UsedKey {
  KeySource source;
  std::uint64_t version;
};

// One call under way.
struct Relay {
  Relay(Worker& on, Exchange& with, PassThrough to, UsedKey by)
      : worker(on),
        exchange(with),
        asked(std::move(to)),
        used(by),
        call(on.pool, asked.provider->target),
        meter(on, with, *asked.provider, std::move(asked.model)) {}
  ~Relay() { count(); }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // The client has gone, and with it the call's reason.
  void leave() {
    meter.left();
    call.cancel();
  }

  // See CallMeter::finish().
  void count() {
    if (std::optional<providers::TokenCounts> counts = tap ? tap->counts() : std::nullopt) {
      meter.took(*counts);
    }
    if (tap && tap->failed()) meter.broke();
    meter.finish();
  }

  Worker& worker;
  Exchange& exchange;
  PassThrough asked;
  UsedKey used;
  upstream::Call call;
  CallMeter meter;
  std::optional<UsageTap> tap;  // once there is an answer
};

// Relays it from its head, which the call has given, to its last byte, and notes what it says of
// the key. An error means that nothing has been answered yet. `relay` outlives the call.
net::Awaitable<Result<void>> relay_answer(Relay& relay, const http1::ResponseHead& head);

}  // namespace byok::service
