// Gemini's log probabilities in OpenAI's shape.
#pragma once

#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// OpenAI's choice.logprobs of a candidate; null where it has none. Source: Google's API reference,
// LogprobsResult.
json::value gemini_logprobs(const json::object& candidate);

}  // namespace byok::providers
