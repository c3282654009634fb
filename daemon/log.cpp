#include "daemon/log.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <ctime>

namespace byok::daemon {
namespace {

constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warn", "error"};
constexpr std::size_t longest_value = 1024;

using Line = fmt::basic_memory_buffer<char, 1024>;

void append(Line& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

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

// As a JSON string without its quotes, everything but printable ASCII as \uXXXX.
void append_escaped(Line& line, std::string_view text) {
  auto out = fmt::appender(line);
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
  if (cut) append(line, "...");
}

void append_quoted(Line& line, std::string_view text) {
  line.push_back('"');
  append_escaped(line, text);
  line.push_back('"');
}

// Whether the text form can do without quotes.
bool is_plain(std::string_view text) {
  for (char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') return false;
  }
  return !text.empty() && text.size() <= longest_value;
}

void append_time(Line& line) {
  std::timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  std::tm utc{};
  gmtime_r(&time.tv_sec, &utc);
  fmt::format_to(fmt::appender(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                 utc.tm_sec, time.tv_nsec / 1'000'000);
}

}  // namespace

std::string_view level_name(LogLevel level) { return level_names[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> level_from_name(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::optional<LogFormat> format_from_name(std::string_view name) {
  if (name == "text") return LogFormat::text;
  if (name == "json") return LogFormat::json;
  return std::nullopt;
}

void Logger::write(LogLevel level, std::string_view event, Fields fields) const {
  Line line;
  const bool json = format_ == LogFormat::json;
  auto value = [&](const Field& field) {
    auto out = fmt::appender(line);
    if (auto* text = std::get_if<std::string_view>(&field.value_)) {
      if (!json && is_plain(*text)) return append(line, *text);
      return append_quoted(line, *text);
    }
    if (auto* flag = std::get_if<bool>(&field.value_)) {
      return append(line, *flag ? "true" : "false");
    }
    if (auto* number = std::get_if<std::int64_t>(&field.value_)) {
      fmt::format_to(out, "{}", *number);
    } else {
      fmt::format_to(out, "{}", std::get<std::uint64_t>(field.value_));
    }
  };

  append(line, json ? R"({"time":")" : "");
  append_time(line);
  append(line, json ? R"(","level":")" : " ");
  append(line, level_name(level));
  append(line, json ? R"(","event":")" : " ");
  append_escaped(line, event);
  append(line, json ? R"(")" : "");
  for (const Field& field : fields) {
    append(line, json ? R"(,")" : " ");
    append_escaped(line, field.name_);
    append(line, json ? R"(":)" : "=");
    value(field);
  }
  append(line, json ? "}\n" : "\n");

  while (::write(descriptor_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace byok::daemon
