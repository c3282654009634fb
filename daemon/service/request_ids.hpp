// Names for requests: unique, and telling nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace byok::service {

// req_ and 22 base62 characters.
class RequestId {
 public:
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  friend class RequestIds;
  std::array<char, 26> text_{};
};

// One worker's source of ids. They are no secret, so each costs a multiplication, not a call for
// randomness.
class RequestIds {
 public:
  RequestIds();

  RequestId next();

 private:
  std::uint64_t process_;  // random
  std::uint64_t state_;    // random at first
};

}  // namespace byok::service
