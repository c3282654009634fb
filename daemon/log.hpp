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
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/fields.hpp"

namespace byok::daemon {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

std::string_view level_name(LogLevel level);
std::optional<LogLevel> level_from_name(std::string_view name);
std::optional<LogFormat> format_from_name(std::string_view name);

// Any thread may call it. A line that cannot be written is lost, and so is one that a pipe, socket
// or terminal takes too long to have room for: nothing fails because of it, and nothing waits for a
// reader who has stopped. Once lines can be written again, log.lost says how many were not.
class Logger {
 public:
  // `descriptor` stays the caller's.
  Logger(LogLevel level, LogFormat format, int descriptor = STDERR_FILENO);

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
  std::string make_line(LogLevel level, std::string_view event, Fields fields) const;
  bool put(std::string_view line) const;
  bool has_room() const;

  std::atomic<LogLevel> level_;
  std::atomic<LogFormat> format_;
  const int descriptor_;
  const bool may_block_;

  // Lines go out one by one.
  mutable std::mutex mutex_;
  mutable std::uint64_t lost_ = 0;  // lines, since the last that was written
  mutable bool cut_ = false;        // a line was begun and has no end
};

}  // namespace byok::daemon
