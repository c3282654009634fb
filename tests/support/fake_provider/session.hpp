// One connection of the fake provider, from its first call to its last.
#pragma once

#include "tests/support/fake_provider/request.hpp"
#include "tests/support/fake_provider/state.hpp"
#include "tests/support/wire/stream.hpp"

namespace byok::fake {

// Serves calls until the peer leaves or a script ends the connection. Does not throw.
void serve(testing::Stream stream, State& state);

class Answer;

// The control plane, below /_fake/:
//   GET    /_fake/calls       the calls so far, as an array
//   DELETE /_fake/calls       forgets them
//   POST   /_fake/script      adds behaviours for the next calls: an array of objects with any of
//          match (part of the target), key_sha256 (of the call's key, in hex), times, delay_ms,
//          status, headers, body (a string, or JSON), body_base64, raw_base64 (these bytes, then
//          close), chunks and gap_ms (of a stream), close, reset, stall (true: before the first
//          byte), close_after_bytes, reset_after_bytes, stall_after_bytes, stop_reading
//   DELETE /_fake/script      forgets what is left of them; with ?key_sha256= of those for that key
//   GET    /_fake/stats       connections, calls, answers in flight, answers that the peer left
//   POST   /_fake/close_idle  closes the connections that wait between two calls
void control(const Request& request, State& state, Answer& answer);

}  // namespace byok::fake
