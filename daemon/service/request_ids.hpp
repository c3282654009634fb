// Names for requests: unique, and telling nothing.
#pragma once

#include <cstdint>
#include <string>

namespace byok::service {

// One worker's source of ids. They are no secret, so each costs a multiplication, not a call for
// randomness.
class RequestIds {
 public:
  RequestIds();

  // req_ and 22 base62 characters.
  std::string next();

 private:
  std::uint64_t process_;  // random
  std::uint64_t state_;    // random at first
};

}  // namespace byok::service
