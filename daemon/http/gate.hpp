// The strict gate: the one place that decides whether received bytes are a request, before anything
// else looks at them. It accepts what every careful server reads alike and refuses all else, so
// that no peer before or behind byokd can see other requests in the same bytes (RFC 9112 sections 2
// to 6, stricter wherever implementations are known to differ).
//
// Accepted: HTTP/1.0 and 1.1; a method of token characters; an origin-form target of RFC 3986
// characters with neither an empty, "." nor ".." segment; field names of token characters; exactly
// one Host; at most one of each credential field; framing by one all-digit Content-Length or by
// exactly "Transfer-Encoding: chunked" (on 1.1, never both, never on GET or HEAD).
#pragma once

#include <string_view>

#include "common/error.hpp"
#include "common/http1/message.hpp"

namespace byok::http {

inline constexpr std::size_t max_head_size = 32 * 1024;
inline constexpr std::size_t max_fields = 256;

enum class Verdict { incomplete, accepted, refused };

struct Inspection {
  Verdict verdict;
  Errc code = Errc::bad_request;  // where refused: bad_request or headers_too_large
  const char* reason = "";        // where refused: a sentence that repeats nothing of what was sent
};

// Looks at `received`, the unread bytes of a connection from the start of a message on. On
// `accepted`, `head` holds views into them; otherwise it holds nothing of use. `searched` is how
// many bytes an earlier look at the same message has seen, so that a head that comes byte by byte
// is not searched from its start each time.
Inspection inspect(std::string_view received, std::size_t searched, http1::RequestHead& head);

}  // namespace byok::http
