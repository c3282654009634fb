// Comparing names without regard to ASCII case, and cutting text for a reader.
#pragma once

#include <string>
#include <string_view>

namespace byok::providers {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `lower` is in lower case already.
constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (to_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

std::string to_lower(std::string_view text);

// True where a reader would see nothing: empty, or ASCII white space only.
bool is_blank(std::string_view text);

// One line of at most `limit` bytes: control characters become spaces, and what is too long ends in
// "..." behind a whole character. `text` is valid UTF-8.
std::string one_line(std::string_view text, std::size_t limit);

// For one segment of a path, or a value in a query, whatever a tenant or provider chose: what is
// not unreserved (RFC 3986 section 2.3) is percent-encoded.
std::string percent_encoded(std::string_view text);

}  // namespace byok::providers
