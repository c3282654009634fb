#include "daemon/providers/openai_surface.hpp"

#include "daemon/providers/json_writer.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

void write_message(const ChatChoice& choice, const CompletionContext& context, JsonWriter& out) {
  out.begin_object("message");
  out.member("role", "assistant");
  out.member("content", choice.text);
  out.member("refusal", choice.refusal);
  if (!choice.reasoning.empty()) out.member("reasoning_content", choice.reasoning);
  if (!choice.thinking_blocks.empty()) {
    out.begin_array("thinking_blocks");
    for (const json::value& each : choice.thinking_blocks) {
      if (const json::object* block = each.if_object()) {
        out.value(thinking_of(*block, context.model));
      }
    }
    out.end_array();
  }
  if (!choice.tool_calls.empty() && !context.legacy_functions) {
    out.member("tool_calls", choice.tool_calls);
  } else if (!choice.tool_calls.empty()) {
    const json::object* call = choice.tool_calls.front().if_object();
    const json::object* function = call == nullptr ? nullptr : find_object(*call, "function");
    if (function != nullptr) out.member("function_call", *function);
  }
  out.end_object();
}

void write_choice(const ChatChoice& choice, std::size_t index, const CompletionContext& context,
                  JsonWriter& out) {
  const bool legacy_call = context.legacy_functions && choice.finish_reason == "tool_calls";
  out.begin_object();
  out.member("index", index);
  write_message(choice, context, out);
  out.member("logprobs", choice.logprobs);
  out.member("finish_reason",
             legacy_call ? "function_call" : std::string_view(choice.finish_reason));
  if (!choice.native_finish_reason.empty()) {
    out.member("native_finish_reason", choice.native_finish_reason);
  }
  out.end_object();
}

}  // namespace

std::string write_completion(const ChatAnswer& answer, const CompletionContext& context) {
  JsonWriter out;
  out.begin_object();
  out.member("id", completion_id(answer.id, context));
  out.member("object", "chat.completion");
  out.member("created", context.created);
  out.member("model", answer.model.empty() ? context.model : std::string_view(answer.model));
  out.begin_array("choices");
  for (std::size_t i = 0; i < answer.choices.size(); ++i) {
    write_choice(answer.choices[i], i, context, out);
  }
  out.end_array();
  write_openai_usage(answer.usage, out);
  out.end_object();
  return out.take();
}

}  // namespace byok::providers
