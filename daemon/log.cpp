#include "daemon/log.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace byok::daemon {
namespace {

constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warn", "error"};
constexpr std::size_t typical_line = 512;
constexpr int patience_ms = 25;

bool is_file(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

void write_text(std::string& line, LogLevel level, std::string_view event, Fields fields) {
  append_time(line);
  line += " ";
  line += level_name(level);
  line += " ";
  append_escaped(line, event);
  for (const Field& field : fields) {
    if (field.name().empty()) continue;
    line += " ";
    append_escaped(line, field.name());
    line += "=";
    const auto* text = std::get_if<std::string_view>(&field.value());
    if (text && is_plain(*text)) {
      line += *text;
    } else {
      append_value(line, field.value());
    }
  }
}

void write_json(std::string& line, LogLevel level, std::string_view event, Fields fields) {
  line += R"({"time":")";
  append_time(line);
  line += "\"";
  append_members(line, {{"level", level_name(level)}, {"event", event}});
  append_members(line, fields);
  line += "}";
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

Logger::Logger(LogLevel level, LogFormat format, int descriptor)
    : level_(level), format_(format), descriptor_(descriptor), may_block_(!is_file(descriptor)) {}

std::string Logger::make_line(LogLevel level, std::string_view event, Fields fields) const {
  std::string line;
  line.reserve(typical_line);
  const bool json = format_.load(std::memory_order_relaxed) == LogFormat::json;
  (json ? write_json : write_text)(line, level, event, fields);
  line.push_back('\n');
  return line;
}

void Logger::write(LogLevel level, std::string_view event, Fields fields) const {
  const std::string line = make_line(level, event, fields);
  const std::lock_guard lock(mutex_);
  if (lost_ > 0) {
    const std::string told = make_line(LogLevel::warn, "log.lost", {{"lines", lost_}});
    if (!put(cut_ ? "\n" + told : told)) {
      ++lost_;
      return;
    }
    lost_ = 0;
  }
  if (!put(line)) ++lost_;
}

// The descriptor is not byokd's alone, so that it cannot be made one that never blocks.
bool Logger::has_room() const {
  if (!may_block_) return true;
  pollfd ready{descriptor_, POLLOUT, 0};
  // Whoever has lost a line already does not wait for each of the next.
  const int limit = lost_ > 0 ? 0 : patience_ms;
  int found = 0;
  do {
    found = ::poll(&ready, 1, limit);
  } while (found < 0 && errno == EINTR);
  return found > 0;
}

// False where it does not get out whole.
bool Logger::put(std::string_view line) const {
  // A pipe that poll() calls writable has room for so much, and takes it as one.
  const std::size_t at_once = may_block_ ? PIPE_BUF : line.size();
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written =
        has_room() ? ::write(descriptor_, rest.data(), std::min(rest.size(), at_once)) : 0;
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      cut_ = cut_ || rest.size() < line.size();
      return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  cut_ = false;
  return true;
}

}  // namespace byok::daemon
