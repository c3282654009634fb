// The surface POST /ai/chat: its request, its answer, and the lines of its stream.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "daemon/providers/chat.hpp"

namespace byok::providers {

struct AiChat {
  json::object request;  // For translate_request; without "model" and "stream".
  std::string model;     // As the caller wrote it, a provider prefix included.
  bool stream = false;
  bool has_system_prompt = false;  // which is the first message of `request`
};

// Errc::invalid_json, or Errc::bad_request naming the field.
Result<AiChat> parse_ai_chat(std::string_view body);

// An error about one of `request`'s messages, with the number that it has for the caller, who wrote
// no system prompt among them.
Error renumbered(const Error& error);

// What only the caller of a chat knows about it. The views must live as long as their user.
struct ChatContext {
  std::string_view provider;
  std::string_view model;       // As asked; used where the provider names none.
  std::string_view key_source;  // "tenant" or "global".
  std::string_view log_id;
};

// The JSON answer of a call that was not streamed.
std::string write_ai_answer(const ChatAnswer& answer, const ChatContext& context);

// The text/event-stream answer, one event at a time.
class AiChatStream {
 public:
  explicit AiChatStream(const ChatContext& context) : context_(context) {}

  // Appends the lines for `event`, which may be none, to `out`. After StreamDone or an Error the
  // stream is complete.
  void write(const ChatEvent& event, std::string& out);

 private:
  void write_end(std::string& out) const;

  ChatContext context_;
  std::string model_;
  std::string finish_reason_;
  Usage usage_;
};

// The last line of a stream that failed for a reason of byokd's own (a time-out, a lost
// connection).
std::string write_ai_stream_error(const Error& error, std::string_view request_id);

}  // namespace byok::providers
