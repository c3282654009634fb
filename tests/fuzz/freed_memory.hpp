// Looks for a secret in the memory that code gives back.
#pragma once

#include <string_view>

namespace byok::fuzz {

// From construction to destruction, a block that is made, and freed with `secret` in it, is a
// finding. One at a time; `secret` outlives it.
class NoneFreed {
 public:
  explicit NoneFreed(std::string_view secret);
  ~NoneFreed();
  NoneFreed(const NoneFreed&) = delete;
  NoneFreed& operator=(const NoneFreed&) = delete;
};

}  // namespace byok::fuzz
