#include "daemon/providers/openai_surface.hpp"

#include <utility>

#include "daemon/providers/json_read.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(json::string_view(*text)) : json::value(nullptr);
}

json::object message_of(const ChatChoice& choice, const CompletionContext& context) {
  json::object message = {{"role", "assistant"},
                          {"content", text_or_null(choice.text)},
                          {"refusal", text_or_null(choice.refusal)}};
  if (!choice.reasoning.empty()) message["reasoning_content"] = choice.reasoning;
  if (!choice.thinking_blocks.empty()) {
    json::array& blocks = message["thinking_blocks"].emplace_array();
    for (const json::value& each : choice.thinking_blocks) {
      if (const json::object* block = each.if_object()) {
        blocks.push_back(thinking_of(*block, context.model));
      }
    }
  }
  if (choice.tool_calls.empty()) return message;
  if (!context.legacy_functions) {
    message["tool_calls"] = choice.tool_calls;
  } else if (const json::object* call = choice.tool_calls.front().if_object()) {
    if (const json::object* function = find_object(*call, "function")) {
      message["function_call"] = *function;
    }
  }
  return message;
}

}  // namespace

std::string write_completion(const ChatAnswer& answer, const CompletionContext& context) {
  json::array choices;
  for (std::size_t i = 0; i < answer.choices.size(); ++i) {
    const ChatChoice& choice = answer.choices[i];
    const bool legacy_call = context.legacy_functions && choice.finish_reason == "tool_calls";
    json::object written = {
        {"index", i},
        {"message", message_of(choice, context)},
        {"logprobs", choice.logprobs},
        {"finish_reason", legacy_call ? "function_call" : choice.finish_reason}};
    if (!choice.native_finish_reason.empty()) {
      written["native_finish_reason"] = choice.native_finish_reason;
    }
    choices.push_back(std::move(written));
  }
  return to_text(
      json::object{{"id", completion_id(answer.id, context)},
                   {"object", "chat.completion"},
                   {"created", context.created},
                   {"model", answer.model.empty() ? context.model : std::string_view(answer.model)},
                   {"choices", std::move(choices)},
                   {"usage", write_openai_usage(answer.usage)}});
}

}  // namespace byok::providers
