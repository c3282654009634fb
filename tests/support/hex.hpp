// Bytes that a test's tables give as hex digits.
#pragma once

#include <string>
#include <string_view>

namespace byok::testing {

inline std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

}  // namespace byok::testing
