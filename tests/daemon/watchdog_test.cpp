#include "daemon/watchdog.hpp"

#include <doctest/doctest.h>

namespace byok::daemon {
namespace {

using std::chrono::milliseconds;

TEST_CASE("the watchdog is told three times in the time that it waits") {
  struct Case {
    std::string_view name;
    Environment environment;
    std::optional<milliseconds> interval;
  };
  const Case cases[] = {
      {"no watchdog", {}, std::nullopt},
      {"a minute", {{"WATCHDOG_USEC", "60000000"}}, milliseconds(20'000)},
      {"for this process",
       {{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", "7"}},
       milliseconds(1000)},
      {"for another", {{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", "8"}}, std::nullopt},
      {"no time at all", {{"WATCHDOG_USEC", "0"}}, std::nullopt},
      {"less than a timer knows", {{"WATCHDOG_USEC", "10"}}, milliseconds(1)},
      {"longer than a timer takes",
       {{"WATCHDOG_USEC", "9223372036854775807"}},
       milliseconds(3'600'000)},
      {"no number", {{"WATCHDOG_USEC", "60s"}}, std::nullopt},
      {"negative", {{"WATCHDOG_USEC", "-1"}}, std::nullopt},
      {"beyond 64 bits", {{"WATCHDOG_USEC", "99999999999999999999"}}, std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(watchdog_interval(c.environment, 7) == c.interval);
  }
}

}  // namespace
}  // namespace byok::daemon
