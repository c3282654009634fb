#include "common/time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

namespace byok {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr Unit units[] = {{"ms", 1},        {"s", 1'000},      {"m", 60'000},
                          {"h", 3'600'000}, {"d", 86'400'000}, {"w", 604'800'000}};
constexpr std::int64_t longest = std::int64_t{100} * 365 * 86'400'000;

}  // namespace

UnixTime now() { return std::time(nullptr); }

std::string to_rfc3339(UnixTime time) {
  std::time_t seconds = time;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  // The last years that a tm holds are beyond an int once they are counted from 0.
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", std::int64_t{utc.tm_year} + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

Day day_of(UnixTime time) { return static_cast<Day>(time / 86'400); }

std::string to_date(Day day) {
  return to_rfc3339(UnixTime{day} * 86'400).substr(0, std::string_view("YYYY-MM-DD").size());
}

std::optional<Day> parse_date(std::string_view text) {
  const auto number = [text](std::size_t from, std::size_t size) {
    int value = 0;
    const char* begin = text.data() + from;
    auto [end, error] = std::from_chars(begin, begin + size, value);
    return error == std::errc() && end == begin + size && *begin != '-' ? value : -1;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1970 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<Day>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || count < 0) return std::nullopt;
  std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (count > longest / unit.milliseconds) return std::nullopt;
    return std::chrono::milliseconds(count * unit.milliseconds);
  }
  return std::nullopt;
}

}  // namespace byok
