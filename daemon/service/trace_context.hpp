// The caller's place in a distributed trace (W3C Trace Context,
// https://www.w3.org/TR/trace-context/).
#pragma once

#include <string_view>
#include <vector>

#include "common/http1/message.hpp"
#include "daemon/providers/chat.hpp"

namespace byok::service {

// The 32 hexadecimal digits of the trace that the request belongs to; empty where it names none, or
// not as it must. A view into the fields.
std::string_view trace_id(const http1::Fields& fields);

// Adds the caller's own trace headers to those of a call that byokd writes for it, unless they are
// malformed. What is added points into `fields`.
void add_trace_context(const http1::Fields& fields, std::vector<providers::RequestHeader>& headers);

}  // namespace byok::service
