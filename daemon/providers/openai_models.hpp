// Which parameters a model of OpenAI takes, known by its name. Source: the rules of the AI SDK's
// OpenAI provider.
#pragma once

#include <string_view>

namespace byok::providers {

// Models that think before they answer: o1 and later, gpt-5 and later but for gpt-5-chat. They take
// max_completion_tokens only, and none of the classic sampling parameters.
bool is_reasoning_model(std::string_view model);

// Reasoning models that take temperature, top_p and logprobs when reasoning is switched off.
bool samples_without_reasoning(std::string_view model);

}  // namespace byok::providers
