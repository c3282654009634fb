// What a Claude model takes, known by its name. Source: Anthropic's model documentation and the AI
// SDK's catalogue.
#pragma once

#include <cstdint>
#include <string_view>

namespace byok::providers {

struct AnthropicModel {
  // How much it is to think is asked for in tokens, or as an effort that it adapts to.
  enum class Thinking { none, budget, adaptive };

  std::int64_t max_output = 0;  // The largest max_tokens.
  bool sampling = true;         // Takes temperature or top_p.
  Thinking thinking = Thinking::none;
  bool thinks_always = false;    // Refuses to have it disabled.
  bool hides_thinking = false;   // Shows a summary only where that is asked for.
  bool refuses_forcing = false;  // Refuses a tool choice that leaves it no choice.
};

// For a name of no known family: what the oldest models take, which no server refuses.
AnthropicModel anthropic_model(std::string_view name);

}  // namespace byok::providers
