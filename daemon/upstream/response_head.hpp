// The head of a provider's answer, read with the same care as a request's: what two readers could
// frame differently is refused (RFC 9112 section 6.3).
#pragma once

#include <string_view>

#include "common/http1/message.hpp"

namespace byok::upstream {

inline constexpr std::size_t max_answer_head = 64 * 1024;

enum class HeadState { incomplete, complete, malformed };

// Looks at `received` from the start of an answer on; `searched` is how much an earlier look has
// seen. On `complete`, `head` holds views into it.
HeadState parse_response_head(std::string_view received, std::size_t searched,
                              http1::ResponseHead& head);

}  // namespace byok::upstream
