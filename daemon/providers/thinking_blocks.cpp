#include "daemon/providers/thinking_blocks.hpp"

#include <set>
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
  json::array merged;
  std::size_t next = 0;  // of `content`
  for (const json::value& each : outside) {
    const json::object* object = each.if_object();
    if (object == nullptr || !is_thinking(*object)) continue;
    if (find_string(*object, model_member).value_or(model) != model) continue;
    // One without a place goes behind the one before it.
    const std::uint64_t place = find_count(*object, place_member).value_or(merged.size());
    while (merged.size() < place && next < content.size()) {
      merged.push_back(std::move(content[next++]));
    }
    json::object block = *object;
    block.erase(place_member);
    block.erase(model_member);
    merged.push_back(std::move(block));
  }
  while (next < content.size()) merged.push_back(std::move(content[next++]));
  content = std::move(merged);
}

void restore_thinking(json::object& request, const RecallThinking& recall) {
  json::value* messages = request.if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return;
  std::set<std::string> restored;
  for (json::value& each : messages->get_array()) {
    json::object* message = each.if_object();
    if (message == nullptr || find_array(*message, "thinking_blocks") != nullptr) continue;
    const json::array* calls = find_array(*message, "tool_calls");
    const json::object* first = calls && !calls->empty() ? calls->front().if_object() : nullptr;
    if (first == nullptr) continue;
    // Once each, so that no request grows by more than what is kept.
    const std::string_view id = string_or_empty(*first, "id");
    if (!restored.emplace(id).second) continue;
    const std::optional<std::string> kept = recall(id);
    std::optional<json::value> blocks = kept ? parse_json(*kept) : std::nullopt;
    if (blocks) (*message)["thinking_blocks"] = std::move(*blocks);
  }
}

void ThinkingCollector::add(const ChatAnswer& answer) {
  if (answer.choices.empty()) return;
  const ChatChoice& choice = answer.choices.front();
  for (const json::value& each : choice.thinking_blocks) {
    if (const json::object* block = each.if_object()) add_block(*block);
  }
  if (choice.tool_calls.empty()) return;
  if (const json::object* call = choice.tool_calls.front().if_object()) add_call(*call);
}

void ThinkingCollector::add(const ChatEvent& event) {
  if (const auto* thinking = std::get_if<ThinkingBlock>(&event)) add_block(thinking->block);
  if (const auto* tool = std::get_if<ToolDelta>(&event)) add_call(tool->call);
}

void ThinkingCollector::add_call(const json::object& call) {
  if (call_id_.empty()) call_id_ = string_or_empty(call, "id");
}

}  // namespace byok::providers
