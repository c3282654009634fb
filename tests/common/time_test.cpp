#include "common/time.hpp"

#include <doctest/doctest.h>

namespace byok {
namespace {

using std::chrono::milliseconds;

TEST_CASE("times are written as RFC 3339 in UTC") {
  struct Case {
    UnixTime time;
    const char* text;
  };
  const Case cases[] = {{0, "1970-01-01T00:00:00Z"},
                        {951782400, "2000-02-29T00:00:00Z"},
                        {1781956800, "2026-06-20T12:00:00Z"},
                        {4102444799, "2099-12-31T23:59:59Z"},
                        {67'768'036'191'676'799, "2147485547-12-31T23:59:59Z"}};
  for (const Case& c : cases) {
    CAPTURE(c.time);
    CHECK(to_rfc3339(c.time) == c.text);
  }
}

TEST_CASE("durations are a whole number and one unit") {
  struct Case {
    const char* text;
    std::optional<milliseconds> duration;
  };
  const Case cases[] = {
      {"0s", milliseconds(0)},
      {"500ms", milliseconds(500)},
      {"30s", milliseconds(30'000)},
      {"10m", milliseconds(600'000)},
      {"12h", milliseconds(43'200'000)},
      {"90d", milliseconds(7'776'000'000)},
      {"2w", milliseconds(1'209'600'000)},
      {"", std::nullopt},
      {"30", std::nullopt},
      {"s", std::nullopt},
      {"-1s", std::nullopt},
      {"+1s", std::nullopt},
      {"1.5h", std::nullopt},
      {"1h30m", std::nullopt},
      {" 1s", std::nullopt},
      {"1s ", std::nullopt},
      {"1 s", std::nullopt},
      {"1S", std::nullopt},
      {"1y", std::nullopt},
      {"99999999999999999999s", std::nullopt},
      {"9223372036854775807w", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK((parse_duration(c.text) == c.duration));
  }
}

}  // namespace
}  // namespace byok
