// Anthropic's thinking blocks on their way through OpenAI's message, where they stand as the
// member "thinking_blocks". They are signed: Anthropic takes them back unmodified, in their places,
// and for the model that made them alone. So two members of our own go with each while it is
// outside.
#pragma once

#include <string_view>

#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// Whether a content block is one of them.
bool is_thinking(const json::object& block);

// `block` with its place in the content.
json::object placed_thinking(json::object block, std::uint64_t place);
// The same with the model as the caller named it: so it goes out.
json::object thinking_of(json::object block, std::string_view model);

// Puts those of `outside` that `model` made into `content`, as they were and where they were.
void insert_thinking(const json::array& outside, std::string_view model, json::array& content);

}  // namespace byok::providers
