#include "daemon/fields.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>

namespace byok::daemon {
namespace {

constexpr std::size_t longest_value = 1024;

// The character that begins at `text[at]`, and how many bytes it takes. Bytes that are not UTF-8
// (RFC 3629 section 4) each stand for U+FFFD.
struct Decoded {
  char32_t character;
  std::size_t size;
};
Decoded decode(std::string_view text, std::size_t at) {
  constexpr Decoded invalid = {U'\uFFFD', 1};
  auto byte = [&](std::size_t index) -> char32_t {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  char32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return invalid;
  char32_t character = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return invalid;
    character = character << 6 | (byte(at + i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < smallest[size] || surrogate || character > 0x10FFFF) return invalid;
  return {character, size};
}

}  // namespace

void append_escaped(std::string& line, std::string_view text) {
  auto out = std::back_inserter(line);
  bool cut = text.size() > longest_value;
  text = text.substr(0, longest_value);
  for (std::size_t at = 0; at < text.size();) {
    auto [character, size] = decode(text, at);
    at += size;
    if (character == '"' || character == '\\') {
      line.push_back('\\');
      line.push_back(static_cast<char>(character));
    } else if (character >= 0x20 && character < 0x7F) {
      line.push_back(static_cast<char>(character));
    } else if (character < 0x10000) {
      fmt::format_to(out, "\\u{:04x}", static_cast<std::uint32_t>(character));
    } else {
      std::uint32_t rest = static_cast<std::uint32_t>(character) - 0x10000;
      fmt::format_to(out, "\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
    }
  }
  if (cut) line += "...";
}

void append_value(std::string& line, const Field::Value& value) {
  auto out = std::back_inserter(line);
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    line.push_back('"');
    append_escaped(line, *text);
    line.push_back('"');
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    line += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(out, "{}", *number);
  } else {
    fmt::format_to(out, "{}", std::get<std::uint64_t>(value));
  }
}

void append_members(std::string& line, Fields fields) {
  for (const Field& field : fields) {
    if (field.name().empty()) continue;
    line += ",\"";
    append_escaped(line, field.name());
    line += "\":";
    append_value(line, field.value());
  }
}

void append_time(std::string& line) {
  std::timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  std::tm utc{};
  gmtime_r(&time.tv_sec, &utc);
  fmt::format_to(std::back_inserter(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                 utc.tm_sec, time.tv_nsec / 1'000'000);
}

std::optional<std::size_t> count_printable(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    auto [character, size] = decode(text, at);
    const bool is_invalid = character == U'\uFFFD' && size == 1;
    const bool is_control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    if (is_invalid || is_control) return std::nullopt;
    at += size;
  }
  return count;
}

bool is_plain(std::string_view text) {
  for (char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') return false;
  }
  return !text.empty() && text.size() <= longest_value;
}

}  // namespace byok::daemon
