#include "daemon/providers/thinking_blocks.hpp"

#include <algorithm>
#include <utility>

namespace byok::providers {
namespace {

constexpr std::string_view place_member = "index";
constexpr std::string_view model_member = "model";

}  // namespace

bool is_thinking(const json::object& block) {
  const std::string_view type = string_or_empty(block, "type");
  return type == "thinking" || type == "redacted_thinking";
}

json::object placed_thinking(json::object block, std::uint64_t place) {
  block[place_member] = place;
  return block;
}

json::object thinking_of(json::object block, std::string_view model) {
  block[model_member] = model;
  return block;
}

void insert_thinking(const json::array& outside, std::string_view model, json::array& content) {
  std::size_t next = 0;  // where one without a place goes
  for (const json::value& each : outside) {
    const json::object* object = each.if_object();
    if (object == nullptr || !is_thinking(*object)) continue;
    if (find_string(*object, model_member).value_or(model) != model) continue;
    const std::uint64_t wanted = find_count(*object, place_member).value_or(next);
    json::object block = *object;
    block.erase(place_member);
    block.erase(model_member);
    const std::size_t place = std::min<std::size_t>(wanted, content.size());
    content.insert(content.begin() + static_cast<std::ptrdiff_t>(place), std::move(block));
    next = place + 1;
  }
}

void restore_thinking(json::object& request, const RecallThinking& recall) {
  json::value* messages = request.if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return;
  for (json::value& each : messages->get_array()) {
    json::object* message = each.if_object();
    if (message == nullptr || message->contains("thinking_blocks")) continue;
    const json::array* calls = find_array(*message, "tool_calls");
    const json::object* first = calls && !calls->empty() ? calls->front().if_object() : nullptr;
    if (first == nullptr) continue;
    const std::optional<std::string> kept = recall(string_or_empty(*first, "id"));
    std::optional<json::value> blocks = kept ? parse_json(*kept) : std::nullopt;
    if (blocks) (*message)["thinking_blocks"] = std::move(*blocks);
  }
}

void ThinkingCollector::add(const ChatAnswer& answer) {
  if (answer.choices.empty()) return;
  const ChatChoice& choice = answer.choices.front();
  for (const json::value& each : choice.thinking_blocks) add_block(each.get_object());
  if (!choice.tool_calls.empty()) add_call(choice.tool_calls.front().get_object());
}

void ThinkingCollector::add(const ChatEvent& event) {
  if (const auto* thinking = std::get_if<ThinkingBlock>(&event)) add_block(thinking->block);
  if (const auto* tool = std::get_if<ToolDelta>(&event)) add_call(tool->call);
}

void ThinkingCollector::add_call(const json::object& call) {
  if (call_id_.empty()) call_id_ = string_or_empty(call, "id");
}

}  // namespace byok::providers
