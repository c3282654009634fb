#include "daemon/watchdog.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace byok::daemon {
namespace {

std::optional<std::int64_t> number_of(const Environment& environment, std::string_view name) {
  auto variable = environment.find(name);
  if (variable == environment.end()) return std::nullopt;
  const std::string& text = variable->second;
  std::int64_t number = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size() || number <= 0) return 0;
  return number;
}

}  // namespace

std::optional<std::chrono::milliseconds> watchdog_interval(const Environment& environment,
                                                           int process) {
  const std::int64_t patience = number_of(environment, "WATCHDOG_USEC").value_or(0);
  if (patience == 0) return std::nullopt;
  if (number_of(environment, "WATCHDOG_PID").value_or(process) != process) return std::nullopt;
  // A longer sleep than a timer takes serves as well.
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  const std::chrono::milliseconds third(patience / 3000);
  return std::clamp(third, std::chrono::milliseconds(1), longest);
}

}  // namespace byok::daemon
