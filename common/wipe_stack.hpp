// For what a library keeps in buffers of its own on the stack, and does not wipe.
#pragma once

#include <cstddef>

#include "common/secret.hpp"

namespace byok {

// Overwrites what earlier calls have left of the stack below the caller, as far as `depth` bytes.
template <std::size_t depth>
[[gnu::noinline]] void wipe_stack() {
  char below[depth];
  wipe(below, sizeof below);
}

}  // namespace byok
