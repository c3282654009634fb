// What becomes known of a request while it is served, for the metrics and the log.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "common/error.hpp"

namespace byok::service {

struct RequestNotes {
  using Clock = std::chrono::steady_clock;

  Clock::time_point begun;            // its head was here
  Clock::duration provider{};         // in which a provider had the call, from sending it
  Clock::duration client{};           // outside of that, in which the client was waited for
  Clock::duration first_byte{};       // of `provider`: until the answer's head, of the latest call
  std::optional<std::size_t> called;  // the provider, by its slot: see metrics/slots.hpp
  std::optional<Errc> error;          // what it was refused with
};

}  // namespace byok::service
