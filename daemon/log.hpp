// The daemon's log: one line an event, on stderr.
//
//   text  2026-06-20T12:00:00.123Z info key.rotated tenant=acme provider=openai
//   json
//   {"time":"2026-06-20T12:00:00.123Z","level":"info","event":"key.rotated","tenant":"acme",...}
//
// Lines are printable ASCII whatever the values hold: the rest is escaped as JSON does it, so that
// nothing a caller sends can forge a line or reach a terminal. A Secret cannot be a field.
#pragma once

#include <unistd.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

namespace byok::daemon {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

std::string_view level_name(LogLevel level);
std::optional<LogLevel> level_from_name(std::string_view name);
std::optional<LogFormat> format_from_name(std::string_view name);

// A tenant's or provider's id, or anything else that shows itself as text.
template <class T>
concept Viewable = requires(const T& value) {
  { value.view() } -> std::same_as<std::string_view>;
};

// One name and value of an event; both are views that need to live for the call only. Names are
// literals in lower camel case. Values longer than 1,024 bytes are cut.
class Field {
 public:
  Field(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  Field(std::string_view name, const char* value) : Field(name, std::string_view(value)) {}
  // Numbers and flags; no conversion, which would take a pointer or a fraction for a flag.
  template <std::integral T>
  Field(std::string_view name, T value) : name_(name), value_(Widened<T>{value}) {}
  Field(std::string_view name, const Viewable auto& value) : Field(name, value.view()) {}

 private:
  template <class T>
  using Widened =
      std::conditional_t<std::same_as<T, bool>, bool,
                         std::conditional_t<std::signed_integral<T>, std::int64_t, std::uint64_t>>;

  friend class Logger;
  std::string_view name_;
  std::variant<std::string_view, bool, std::int64_t, std::uint64_t> value_;
};

// Any thread may call it: it holds no state, and each line is one write. A line that cannot be
// written is lost; nothing fails because of it.
class Logger {
 public:
  using Fields = std::initializer_list<Field>;

  // `descriptor` stays the caller's.
  Logger(LogLevel level, LogFormat format, int descriptor = STDERR_FILENO)
      : level_(level), format_(format), descriptor_(descriptor) {}

  bool enabled(LogLevel level) const { return level >= level_; }

  // `event` is a literal such as "key.rotated".
  void debug(std::string_view event, Fields fields = {}) const {
    if (enabled(LogLevel::debug)) write(LogLevel::debug, event, fields);
  }
  void info(std::string_view event, Fields fields = {}) const {
    if (enabled(LogLevel::info)) write(LogLevel::info, event, fields);
  }
  void warn(std::string_view event, Fields fields = {}) const {
    if (enabled(LogLevel::warn)) write(LogLevel::warn, event, fields);
  }
  void error(std::string_view event, Fields fields = {}) const {
    if (enabled(LogLevel::error)) write(LogLevel::error, event, fields);
  }

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;

  LogLevel level_;
  LogFormat format_;
  int descriptor_;
};

}  // namespace byok::daemon
