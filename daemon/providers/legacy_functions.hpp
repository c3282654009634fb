// OpenAI's old way to call functions, rewritten to the present one.
#pragma once

#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// Whether the request uses "functions", "function_call" or the role "function".
bool has_legacy_functions(const json::object& request);

// The same request with "tools", "tool_choice" and the role "tool". What is malformed stays as it
// is, for read_conversation to refuse.
json::object without_legacy_functions(const json::object& request);

}  // namespace byok::providers
