// What a chat of any provider comes down to, and how its reply is dealt out in pieces.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/fake_provider/answer.hpp"
#include "tests/support/fake_provider/state.hpp"

namespace byok::fake {

inline constexpr int input_tokens = 11;
inline constexpr int output_tokens = 7;
inline constexpr int total_tokens = input_tokens + output_tokens;

struct Chat {
  std::string model;
  std::string reply;
  std::optional<int> chunks;  // none: one a word of the reply
  int gap_ms = 0;
  bool endless = false;
};

// The chat that `model` asks for: "…sse-N-GAPMS" streams N chunks, each holding the microseconds
// of CLOCK_MONOTONIC at which it was sent and a space; "…sse-flood" streams until the peer leaves;
// "…whoami" replies with the SHA-256 of the key in hex; any other replies to `user_text`.
// A script's `chunks` and `gap_ms` win.
Chat plan_chat(const std::string& model, std::string_view user_text, std::string_view key_sha256,
               const std::optional<Behaviour>& script);

// Calls emit(text) for each piece, with the pauses between.
template <class Emit>
void deal_out(const Chat& chat, Answer& answer, Emit emit) {
  const std::chrono::milliseconds gap(chat.gap_ms);
  if (chat.endless) {
    const std::string filling(8 * 1024, 'x');
    for (;;) emit(filling);
  }
  if (chat.chunks) {
    for (int i = 0; i < *chat.chunks; ++i) {
      if (i > 0) answer.pause(gap);
      emit(std::to_string(testing::monotonic_us()) + " ");
    }
    return;
  }
  for (std::size_t begin = 0; begin < chat.reply.size();) {
    if (begin > 0) answer.pause(gap);
    std::size_t end = std::min(chat.reply.find(' ', begin), chat.reply.size() - 1) + 1;
    emit(chat.reply.substr(begin, end - begin));
    begin = end;
  }
}

}  // namespace byok::fake
