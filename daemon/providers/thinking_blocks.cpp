#include "daemon/providers/thinking_blocks.hpp"

#include <set>
#include <utility>

namespace byok::providers {
namespace {

constexpr std::string_view place_member = "index";
constexpr std::string_view model_member = "model";
constexpr std::string_view signatures_member = "signatures";
constexpr std::size_t most_signatures = 128;

void restore_signatures(const json::object& kept, std::string_view model, json::array& calls) {
  const json::array* signatures = find_array(kept, signatures_member);
  if (signatures == nullptr || string_or_empty(kept, model_member) != model) return;
  for (std::size_t i = 0; i < calls.size() && i < signatures->size(); ++i) {
    json::object* call = calls[i].if_object();
    const json::string* signature = (*signatures)[i].if_string();
    if (call == nullptr || signature == nullptr || signature->empty()) continue;
    if (!call->contains("extra_content")) (*call)["extra_content"] = signed_content(*signature);
  }
}

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

ThinkingInside::ThinkingInside(const json::array* outside, std::string_view model) {
  if (outside == nullptr) return;
  for (const json::value& each : *outside) {
    const json::object* object = each.if_object();
    if (object == nullptr || !is_thinking(*object)) continue;
    if (find_string(*object, model_member).value_or(model) != model) continue;
    // One without a place goes behind the one before it.
    Placed& placed =
        blocks_.emplace_back(Placed{find_count(*object, place_member).value_or(0), *object});
    placed.block.erase(place_member);
    placed.block.erase(model_member);
  }
}

std::vector<json::object> ThinkingInside::before_next() {
  std::vector<json::object> before;
  for (; given_ < blocks_.size() && blocks_[given_].place <= written_; ++given_, ++written_) {
    before.push_back(std::move(blocks_[given_].block));
  }
  ++written_;
  return before;
}

std::vector<json::object> ThinkingInside::rest() {
  std::vector<json::object> rest;
  for (; given_ < blocks_.size(); ++given_) rest.push_back(std::move(blocks_[given_].block));
  return rest;
}

json::object signed_content(std::string_view signature) {
  return {{"google", {{"thought_signature", signature}}}};
}

std::string_view signature_of(const json::object& call) {
  const json::object* extra = find_object(call, "extra_content");
  const json::object* google = extra == nullptr ? nullptr : find_object(*extra, "google");
  return google ? string_or_empty(*google, "thought_signature") : std::string_view();
}

void restore_thinking(json::object& request, std::string_view model, const RecallThinking& recall) {
  json::value* messages = request.if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return;
  std::set<std::string> restored;
  for (json::value& each : messages->get_array()) {
    json::object* message = each.if_object();
    if (message == nullptr || find_array(*message, "thinking_blocks") != nullptr) continue;
    json::value* called = message->if_contains("tool_calls");
    json::array* calls = called == nullptr ? nullptr : called->if_array();
    const json::object* first = calls && !calls->empty() ? calls->front().if_object() : nullptr;
    if (first == nullptr || !signature_of(*first).empty()) continue;
    // Once each, so that no request grows by more than what is kept.
    const std::string_view id = string_or_empty(*first, "id");
    if (!restored.emplace(id).second) continue;
    const std::optional<std::string> kept = recall(id);
    std::optional<json::value> thought = kept ? parse_json(*kept) : std::nullopt;
    if (!thought) continue;
    if (thought->is_array()) (*message)["thinking_blocks"] = std::move(*thought);
    if (const json::object* signatures = thought->if_object()) {
      restore_signatures(*signatures, model, *calls);
    }
  }
}

void ThinkingCollector::add(const ChatAnswer& answer) {
  if (answer.choices.empty()) return;
  const ChatChoice& choice = answer.choices.front();
  for (const json::value& each : choice.thinking_blocks) {
    if (const json::object* block = each.if_object()) add_block(*block);
  }
  for (std::size_t i = 0; i < choice.tool_calls.size(); ++i) {
    if (const json::object* call = choice.tool_calls[i].if_object()) add_call(*call, i);
  }
}

void ThinkingCollector::add(const ChatEvent& event) {
  if (const auto* thinking = std::get_if<ThinkingBlock>(&event)) add_block(thinking->block);
  if (const auto* tool = std::get_if<ToolDelta>(&event); tool && tool->choice == 0) {
    add_call(tool->call, find_count(tool->call, "index").value_or(0));
  }
}

void ThinkingCollector::add_call(const json::object& call, std::size_t place) {
  if (call_id_.empty()) call_id_ = string_or_empty(call, "id");
  const std::string_view signature = signature_of(call);
  if (signature.empty() || place >= most_signatures) return;
  if (signatures_.size() <= place) signatures_.resize(place + 1, "");
  signatures_[place] = signature;
}

std::string ThinkingCollector::kept() const {
  if (signatures_.empty()) return to_text(blocks_);
  return to_text(json::object{{model_member, model_}, {signatures_member, signatures_}});
}

}  // namespace byok::providers
