// The daemon's log: one line an event, on stderr.
//
//   text  2026-06-20T12:00:00.123Z info key.rotated tenant=acme provider=openai
//   json
//   {"time":"2026-06-20T12:00:00.123Z","level":"info","event":"key.rotated","tenant":"acme",...}
//
// Lines are printable ASCII whatever the values hold (see fields.hpp).
#pragma once

#include <unistd.h>

#include <atomic>
#include <optional>
#include <string_view>

#include "daemon/fields.hpp"

namespace byok::daemon {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

std::string_view level_name(LogLevel level);
std::optional<LogLevel> level_from_name(std::string_view name);
std::optional<LogFormat> format_from_name(std::string_view name);

// Any thread may call it: each line is one write. A line that cannot be
// written is lost; nothing fails because of it.
class Logger {
 public:
  // `descriptor` stays the caller's.
  Logger(LogLevel level, LogFormat format, int descriptor = STDERR_FILENO)
      : level_(level), format_(format), descriptor_(descriptor) {}

  // For the lines from here on.
  void set(LogLevel level, LogFormat format) {
    level_.store(level, std::memory_order_relaxed);
    format_.store(format, std::memory_order_relaxed);
  }

  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

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
  // At a level that is known only now.
  void log(LogLevel level, std::string_view event, Fields fields = {}) const {
    if (enabled(level)) write(level, event, fields);
  }

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;

  std::atomic<LogLevel> level_;
  std::atomic<LogFormat> format_;
  int descriptor_;
};

}  // namespace byok::daemon
