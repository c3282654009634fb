#include "daemon/service/attempt_limit.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace byok::service {
namespace {

using Clock = AttemptLimit::Clock;
using std::chrono::seconds;

constexpr const char* message = "too many: try later";

TEST_CASE("ten attempts pass at once, then one in six seconds, and the wait is told") {
  AttemptLimit limit;
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < 10; ++i) CHECK(limit.count("a", message, begin).has_value());
  for (int i = 0; i < 3; ++i) {  // what is refused is not counted
    const Result<void> refused = limit.count("a", message, begin + seconds(2));
    REQUIRE(refused.has_error());
    CHECK((refused.error().code == Errc::rate_limited));
    CHECK(refused.error().message() == message);
    CHECK(refused.error().retry_after() == "4");
  }
  CHECK(limit.count("a", message, begin + seconds(6)).has_value());
  CHECK(limit.count("a", message, begin + seconds(6)).has_error());
  for (int i = 0; i < 10; ++i) {
    CHECK(limit.count("a", message, begin + seconds(600)).has_value());
  }
  CHECK(limit.count("a", message, begin + seconds(600)).has_error());
}

TEST_CASE("one source is not held up by another") {
  AttemptLimit limit;
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < 20; ++i) (void)limit.count("203.0.113.1", message, begin);
  CHECK(limit.count("203.0.113.1", message, begin).has_error());
  CHECK(limit.count("203.0.113.2", message, begin).has_value());
}

TEST_CASE("attempts of many threads are counted once each") {
  AttemptLimit limit;
  const Clock::time_point begin = Clock::now();
  std::atomic<int> passed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) passed += limit.count("a", message, begin).has_value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(passed == 10);
}

}  // namespace
}  // namespace byok::service
