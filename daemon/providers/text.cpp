#include "daemon/providers/text.hpp"

namespace byok::providers {

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

std::string one_line(std::string_view text, std::size_t limit) {
  constexpr std::string_view ellipsis = "...";
  const bool cut = text.size() > limit;
  std::size_t size = cut ? limit - ellipsis.size() : text.size();
  // A continuation byte (10xxxxxx) must not be parted from its first byte.
  while (cut && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;

  std::string line(text.substr(0, size));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  // The controls of Latin-1 (U+0080 to U+009F) are C2 80 to C2 9F here; terminals obey some.
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    const auto second = static_cast<unsigned char>(line[at + 1]);
    if (line[at] == '\xC2' && second >= 0x80 && second <= 0x9F) line.replace(at, 2, " ");
  }
  if (cut) line += ellipsis;
  return line;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view unreserved_marks = "-._~";
  std::string encoded;
  for (char c : text) {
    const char lower = to_lower(c);
    if (is_digit(c) || (lower >= 'a' && lower <= 'z') ||
        unreserved_marks.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += digits[byte >> 4];
    encoded += digits[byte & 15];
  }
  return encoded;
}

}  // namespace byok::providers
