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

}  // namespace byok::providers
