#include "cli/chat_stream.hpp"

#include <fmt/format.h>

#include "cli/json.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

Failure stream_failure(const json::value& event) {
  std::string code = text_at(event, "error");
  auto known = code_from_name(code);
  return {known ? exit_of(*known) : Exit::failed,
          fmt::format("the answer broke off ({}): {}", code, text_at(event, "message"))};
}

}  // namespace

ChatSummary ChatSummary::of(const json::value& answer) {
  return {.model = text_at(answer, "model"),
          .provider = text_at(answer, "provider"),
          .key_source = text_at(answer, "keySource"),
          .input_tokens = text_at(answer, "inputTokens"),
          .output_tokens = text_at(answer, "outputTokens"),
          .log_id = text_at(answer, "logId")};
}

std::string ChatSummary::str() const {
  return fmt::format("{} by {}, {} key, {} tokens in, {} out, id {}", model, provider, key_source,
                     input_tokens, output_tokens, log_id);
}

ChatStream::ChatStream(OnText on_text)
    : on_text_(std::move(on_text)), events_([this](std::string_view data) { take_event(data); }) {}

void ChatStream::take_event(std::string_view data) {
  auto event = parse_json(data);
  if (end_ || !event || !event->is_object()) return;
  const json::object& members = event->get_object();
  if (members.contains("error")) {
    end_ = stream_failure(*event);
    return;
  }
  if (const json::value* delta = members.if_contains("delta"); delta && delta->is_object()) {
    const json::value* content = delta->get_object().if_contains("content");
    if (content && content->is_string()) on_text_(content->get_string());
  }
  const json::value* done = members.if_contains("done");
  if (done && done->is_bool() && done->get_bool()) end_ = ChatSummary::of(*event);
}

Outcome<ChatSummary> ChatStream::finish() const {
  if (end_) return *end_;
  return Failure{Exit::failed,
                 "the answer ended before it was complete: ask again, the provider's own limit or "
                 "its connection may have cut it"};
}

}  // namespace byok::cli
