// How much a heavy test does: enough to fail in seconds by default, and what its claim asks for
// with BYOK_FULL=1, which `tests/run.sh --full` sets for the tests labelled soak.
#pragma once

#include <cstdlib>
#include <string_view>

namespace byok::testing {

inline bool full_size() {
  const char* text = std::getenv("BYOK_FULL");
  return text != nullptr && std::string_view(text) == "1";
}

// Whether this build is a sanitizer's, whose programs take memory and signals for themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

inline int sized(int usual, int full) { return full_size() ? full : usual; }

}  // namespace byok::testing
