// Answers and streams of OpenAI's chat completions, and of those who speak its format.
#include <algorithm>
#include <utility>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

std::optional<std::string> optional_text(const json::object& object, std::string_view key) {
  if (std::optional<std::string_view> text = find_string(object, key)) return std::string(*text);
  return std::nullopt;
}

// Some servers write the content as an array of parts.
std::optional<std::string> read_content(const json::object& message) {
  const json::array* parts = find_array(message, "content");
  if (parts == nullptr) return optional_text(message, "content");
  std::string text;
  for (const json::value& part : *parts) {
    if (const json::object* object = part.if_object()) text += string_or_empty(*object, "text");
  }
  return text;
}

// OpenAI has no field for it; servers of open models use one of these.
std::string_view read_reasoning(const json::object& message) {
  const std::string_view text = string_or_empty(message, "reasoning_content");
  return text.empty() ? string_or_empty(message, "reasoning") : text;
}

json::array objects_in(const json::object& message, std::string_view key) {
  json::array objects;
  const json::array* found = find_array(message, key);
  if (found == nullptr) return objects;
  for (const json::value& each : *found) {
    if (each.is_object()) objects.push_back(each);
  }
  return objects;
}

class OpenaiStream : public StreamReader {
 public:
  OpenaiStream() : StreamReader(Format::openai) {}

 private:
  void read(const json::object& data, std::string_view, ChatEvents& out) override {
    if (const json::object* usage = find_object(data, "usage"))
      set_usage(read_openai_usage(*usage));
    const json::array* choices = find_array(data, "choices");
    if (choices == nullptr) return;
    if (!choices->empty()) start(string_or_empty(data, "id"), string_or_empty(data, "model"), out);
    for (const json::value& each : *choices) {
      if (ended()) return;
      if (const json::object* choice = each.if_object()) read_choice(*choice, out);
    }
  }

  void read_choice(const json::object& choice, ChatEvents& out) {
    const std::size_t index = find_count(choice, "index").value_or(0);
    if (!open(index, out)) return;
    if (const json::object* delta = find_object(choice, "delta")) read_delta(index, *delta, out);
    if (const json::object* logprobs = find_object(choice, "logprobs")) {
      out.push_back(LogprobsDelta{index, *logprobs});
    }
    // Some servers write an empty one in every chunk.
    const std::string_view reason = string_or_empty(choice, "finish_reason");
    if (!reason.empty()) finish_choice(index, reason, {}, out);
  }

  static void read_delta(std::size_t choice, const json::object& delta, ChatEvents& out) {
    if (std::string_view text = read_reasoning(delta); !text.empty()) {
      out.push_back(ReasoningDelta{choice, std::string(text)});
    }
    if (std::optional<std::string> text = read_content(delta); text && !text->empty()) {
      out.push_back(ContentDelta{choice, std::move(*text)});
    }
    if (std::string_view text = string_or_empty(delta, "refusal"); !text.empty()) {
      out.push_back(RefusalDelta{choice, std::string(text)});
    }
    const json::array* calls = find_array(delta, "tool_calls");
    if (calls == nullptr) return;
    for (const json::value& call : *calls) {
      if (call.is_object()) out.push_back(ToolDelta{choice, call.get_object()});
    }
  }
};

}  // namespace

Result<ChatAnswer> openai_answer(const json::object& answer, std::string_view) {
  const json::array* choices = find_array(answer, "choices");
  if (choices == nullptr || choices->empty()) return malformed_answer("holds no choices");
  ChatAnswer result;
  result.id = string_or_empty(answer, "id");
  result.model = string_or_empty(answer, "model");
  for (const json::value& each : *choices) {
    const json::object* choice = each.if_object();
    const json::object* message = choice == nullptr ? nullptr : find_object(*choice, "message");
    if (message == nullptr) return malformed_answer("holds a choice without a message");
    ChatChoice& read = result.choices.emplace_back();
    read.text = read_content(*message);
    read.refusal = optional_text(*message, "refusal");
    read.reasoning = read_reasoning(*message);
    read.tool_calls = objects_in(*message, "tool_calls");
    if (const json::object* logprobs = find_object(*choice, "logprobs")) read.logprobs = *logprobs;
    read.thinking_blocks = objects_in(*message, "thinking_blocks");
    read.finish_reason = find_string(*choice, "finish_reason").value_or("stop");
  }
  if (const json::object* usage = find_object(answer, "usage"))
    result.usage = read_openai_usage(*usage);
  return result;
}

std::unique_ptr<StreamReader> openai_stream(std::string_view) {
  return std::make_unique<OpenaiStream>();
}

}  // namespace byok::providers
