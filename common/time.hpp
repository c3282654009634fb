// Points in time and spans of it as the API and the settings write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace byok {

// Seconds since 1970-01-01T00:00:00Z; 0 stands for "never".
using UnixTime = std::int64_t;

UnixTime now();

// RFC 3339 in UTC with whole seconds: 2026-06-20T12:00:00Z.
std::string to_rfc3339(UnixTime time);

// A day in UTC: how many passed since 1970-01-01.
using Day = std::uint32_t;

Day day_of(UnixTime time);
// 2026-06-20, and back; nothing for what is no date from 1970 to 9999.
std::string to_date(Day day);
std::optional<Day> parse_date(std::string_view text);

// "500ms", "30s", "10m", "12h", "90d" or "2w": a whole number and one unit. Nothing for anything
// else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace byok
