// The character classes of HTTP/1 (RFC 9110 section 5.6, RFC 9112) and of URI (RFC 3986), as one
// table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace byok::http1 {

enum CharClass : std::uint8_t {
  token_char = 1,   // tchar of RFC 9110 section 5.6.2
  value_char = 2,   // field-vchar, obs-text, SP and HTAB
  target_char = 4,  // pchar, '/' and '?' of RFC 3986, with '%' (its two digits are checked apart)
  strict_char = 8,  // visible ASCII, SP: values that decide something hold nothing else
  hex_char = 16,
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  std::array<std::uint8_t, 256> table{};
  auto mark = [&table](std::string_view chars, std::uint8_t char_class) {
    for (char c : chars) table[static_cast<unsigned char>(c)] |= char_class;
  };
  constexpr std::string_view alphanumeric =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  mark(alphanumeric, token_char | target_char);
  mark("!#$%&'*+-.^_`|~", token_char);
  mark("-._~!$&'()*+,;=:@/?%", target_char);
  mark("0123456789abcdefABCDEF", hex_char);
  for (unsigned c = 0x20; c < 0x7f; ++c) table[c] |= value_char | strict_char;
  for (unsigned c = 0x80; c < 0x100; ++c) table[c] |= value_char;
  table['\t'] |= value_char;
  return table;
}

inline constexpr std::array<std::uint8_t, 256> char_classes = make_char_classes();

constexpr bool is(char c, CharClass char_class) {
  return (char_classes[static_cast<unsigned char>(c)] & char_class) != 0;
}

constexpr bool all(std::string_view text, CharClass char_class) {
  for (char c : text) {
    if (!is(c, char_class)) return false;
  }
  return true;
}

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Without the spaces and tabs around it (OWS of RFC 9110 section 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace byok::http1
