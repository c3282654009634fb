// What a Claude model takes, known by its name. Source: Anthropic's model documentation and the AI
// SDK's catalogue.
#pragma once

#include <cstdint>
#include <string_view>

namespace byok::providers {

struct AnthropicModel {
  bool sampling = true;         // Takes temperature or top_p.
  std::int64_t max_output = 0;  // The largest max_tokens.
};

// For a name of no known family: what the oldest models take, which no server refuses.
AnthropicModel anthropic_model(std::string_view name);

}  // namespace byok::providers
