// JSON Schemas as OpenAI takes them, in the dialects of the other providers.
#pragma once

#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// Anthropic's structured output takes a subset: every object is closed, "oneOf" is "anyOf", and the
// constraints that it does not know are told to the model in the description instead.
// Source: Anthropic's documentation, "Structured outputs", JSON Schema limitations.
json::value schema_for_anthropic(const json::value& schema);

// Gemini's responseJsonSchema knows everything that is common but "const".
// Source: Google's API reference, GenerationConfig.responseJsonSchema.
json::value schema_for_gemini(const json::value& schema);

}  // namespace byok::providers
