// Whole answers of Anthropic's Messages API.
#include "daemon/providers/anthropic_answer.hpp"

#include <utility>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

json::object tool_call(const json::object& block) {
  const json::object* input = find_object(block, "input");
  return {{"id", string_or_empty(block, "id")},
          {"type", "function"},
          {"function",
           {{"name", string_or_empty(block, "name")},
            {"arguments", input == nullptr ? std::string("{}") : to_text(*input)}}}};
}

void read_block(const json::object& block, std::size_t place, ChatChoice& choice) {
  if (is_thinking(block)) choice.thinking_blocks.push_back(placed_thinking(block, place));
  const std::string_view type = string_or_empty(block, "type");
  if (type == "text") {
    if (!choice.text) choice.text.emplace();
    *choice.text += string_or_empty(block, "text");
  } else if (type == "thinking") {
    choice.reasoning += string_or_empty(block, "thinking");
  } else if (type == "tool_use") {
    choice.tool_calls.push_back(tool_call(block));
  }
}

}  // namespace

std::string anthropic_answer_id(std::string_view id) { return "chatcmpl-" + std::string(id); }

std::optional<std::string> anthropic_refusal(const json::object& holder) {
  const json::object* details = find_object(holder, "stop_details");
  if (details == nullptr) return std::nullopt;
  const std::optional<std::string_view> explanation = find_string(*details, "explanation");
  if (!explanation) return std::nullopt;
  return std::string(*explanation);
}

Result<ChatAnswer> anthropic_answer(const json::object& answer, std::string_view) {
  const json::array* content = find_array(answer, "content");
  if (content == nullptr) return malformed_answer("holds no content");
  const std::optional<std::string_view> native = find_string(answer, "stop_reason");
  if (!native) return malformed_answer("does not say why it ends");

  ChatAnswer result;
  result.id = anthropic_answer_id(string_or_empty(answer, "id"));
  result.model = string_or_empty(answer, "model");
  ChatChoice& choice = result.choices.emplace_back();
  for (std::size_t i = 0; i < content->size(); ++i) {
    if (const json::object* block = (*content)[i].if_object()) read_block(*block, i, choice);
  }
  const FinishReason finish = finish_reason(anthropic_finish_reasons, *native);
  choice.finish_reason = finish.reason;
  choice.native_finish_reason = finish.native;
  if (*native == "refusal") choice.refusal = anthropic_refusal(answer);

  AnthropicUsage usage;
  if (const json::object* counts = find_object(answer, "usage")) usage.merge(*counts);
  result.usage = usage.total();
  return result;
}

}  // namespace byok::providers
