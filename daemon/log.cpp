#include "daemon/log.hpp"

#include <array>
#include <cerrno>

namespace byok::daemon {
namespace {

constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warn", "error"};
constexpr std::size_t typical_line = 512;

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

void Logger::write(LogLevel level, std::string_view event, Fields fields) const {
  std::string line;
  line.reserve(typical_line);
  const bool json = format_.load(std::memory_order_relaxed) == LogFormat::json;
  (json ? write_json : write_text)(line, level, event, fields);
  line.push_back('\n');
  while (::write(descriptor_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace byok::daemon
