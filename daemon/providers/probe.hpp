// Asks a provider whether a key is any good: the cheapest call that needs one, and what its answer
// means.
#pragma once

#include <string_view>

#include "daemon/providers/format.hpp"

namespace byok::providers {

// The target of the GET request, under the provider's base URL.
std::string_view probe_path(Format format);

enum class KeyVerdict {
  valid,
  restricted,  // A living key that may not make this call.
  rejected,    // Wrong, revoked or expired.
  unknown,     // The answer tells nothing about the key: limits, overload, foreign words.
};

// "valid", "restricted", "rejected", "unknown".
std::string_view verdict_name(KeyVerdict verdict);

// `body` is the whole answer, of any content. Also right for the answers of other calls than the
// probe, as long as `status` is not a success.
KeyVerdict judge_probe(Format format, int status, std::string_view body);

}  // namespace byok::providers
