#include "tests/support/fake_provider/chat.hpp"

#include <cstdio>

namespace byok::fake {

Chat plan_chat(const std::string& model, std::string_view user_text, std::string_view key_sha256,
               const std::optional<Behaviour>& script) {
  Chat chat;
  chat.model = model;
  chat.reply = "fake reply to: " + std::string(user_text);
  if (model.find("whoami") != model.npos) chat.reply = key_sha256;
  if (std::size_t at = model.find("sse-"); at != model.npos) {
    int chunks = 0;
    int gap = 0;
    if (model.substr(at) == "sse-flood") {
      chat.endless = true;
    } else if (std::sscanf(model.c_str() + at, "sse-%d-%d", &chunks, &gap) == 2) {
      chat.chunks = chunks;
      chat.gap_ms = gap;
    }
  }
  if (script && script->chunks) {
    chat.chunks = script->chunks;
    chat.endless = false;
  }
  if (script && script->gap_ms > 0) chat.gap_ms = script->gap_ms;
  return chat;
}

}  // namespace byok::fake
