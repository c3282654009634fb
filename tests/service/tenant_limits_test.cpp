#include "daemon/service/tenant_limits.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <thread>
#include <vector>

namespace byok::service {
namespace {

using namespace std::chrono_literals;
using Clock = TenantLimits::Clock;

TenantId tenant(std::string_view id) { return *TenantId::parse(id); }

// How many of `tries` requests at that moment are let in; they end at once.
int admitted(TenantLimits& limits, const TenantId& id, int tries, Clock::time_point at) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limits.admit(id, at) ? 1 : 0;
  return count;
}

TEST_CASE("a tenant has a second's requests at once, and then one after the other") {
  TenantLimits limits(5, std::nullopt);
  const TenantId id = tenant("acme");
  const Clock::time_point start = Clock::now();
  struct Row {
    Clock::duration later;
    int admitted;
  };
  const Row rows[] = {{0ms, 5},    {1ms, 0},    {199ms, 0}, {200ms, 1}, {200ms, 0},
                      {1000ms, 4}, {1001ms, 0}, {60s, 5},   {60s, 0}};
  for (const Row& row : rows) {
    CAPTURE(row.later.count());
    CHECK(admitted(limits, id, 9, start + row.later) == row.admitted);
  }
}

TEST_CASE("a refusal says when to try again, and counts for nothing") {
  TenantLimits limits(1, std::nullopt);
  const TenantId id = tenant("acme");
  const Clock::time_point start = Clock::now();
  CHECK(limits.admit(id, start).has_value());
  for (int i = 0; i < 10; ++i) {
    auto refused = limits.admit(id, start + 100ms);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == Errc::rate_limited);
    CHECK(refused.error().retry_after() == "1");
  }
  CHECK(limits.admit(id, start + 1s).has_value());
}

TEST_CASE("so many requests of a tenant are in flight, and no more") {
  TenantLimits limits(std::nullopt, 2);
  auto first = limits.admit(tenant("acme"));
  auto second = limits.admit(tenant("acme"));
  auto third = limits.admit(tenant("acme"));
  REQUIRE(third.has_error());
  CHECK(third.error().code == Errc::rate_limited);
  CHECK(limits.admit(tenant("other")).has_value());
  { const TenantLimits::Admission ended = std::move(*first); }
  CHECK(limits.admit(tenant("acme")).has_value());
}

TEST_CASE("a tenant is held to its own limits, and else to those of all") {
  struct Row {
    std::string_view name;
    store::LimitOverrides own;
    std::optional<std::uint32_t> rps;
    std::optional<std::uint32_t> concurrency;
  };
  const TenantLimits common(5, std::nullopt);
  const Row rows[] = {{"none of its own", {}, 5, std::nullopt},
                      {"fewer", {3, 1}, 3, 1},
                      {"more", {50, std::nullopt}, 50, std::nullopt},
                      {"off", {0, 0}, std::nullopt, std::nullopt}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const TenantLimits::Limits held = common.in_force(row.own);
    CHECK((held.rps == row.rps));
    CHECK((held.concurrency == row.concurrency));
  }
}

TEST_CASE("limits that change count what was admitted before") {
  TenantLimits limits(2, std::nullopt);
  const TenantId id = tenant("acme");
  const Clock::time_point start = Clock::now();
  CHECK(admitted(limits, id, 9, start) == 2);
  // Raised: at once as often as it says, though the second's burst is spent.
  CHECK_FALSE(limits.admit(id, start, {1'000, {}}).has_value());
  CHECK(limits.admit(id, start + 1ms, {1'000, {}}).has_value());
  CHECK(limits.admit(id, start + 1ms, {0, {}}).has_value());
  // Lowered while three are in flight.
  auto first = limits.admit(tenant("other"), start, {0, 9});
  auto second = limits.admit(tenant("other"), start, {0, 9});
  CHECK_FALSE(limits.admit(tenant("other"), start, {0, 2}).has_value());
  { const TenantLimits::Admission ended = std::move(*first); }
  CHECK(limits.admit(tenant("other"), start, {0, 2}).has_value());
}

TEST_CASE("a tenant that is held to nothing is not remembered") {
  TenantLimits limits(std::nullopt, std::nullopt);
  for (int i = 0; i < 100; ++i) CHECK(limits.admit(tenant("acme")).has_value());
  CHECK(limits.remembered() == 0);
  CHECK(limits.admit(tenant("acme"), Clock::now(), {1, {}}).has_value());
  CHECK(limits.remembered() == 1);
}

TEST_CASE("tenants that have gone are forgotten") {
  const Clock::time_point start = Clock::now();
  TenantLimits rate(1, std::nullopt);
  for (int i = 0; i < 100'000; ++i) {
    CHECK(rate.admit(tenant(fmt::format("t{}", i)), start + i * 10ms).has_value());
  }
  CHECK(rate.remembered() < 10'000);
  TenantLimits at_once(std::nullopt, 1);
  for (int i = 0; i < 1'000; ++i) {
    CHECK(at_once.admit(tenant(fmt::format("t{}", i))).has_value());
  }
  CHECK(at_once.remembered() == 0);
}

TEST_CASE("many threads together are let in no more often than one") {
  TenantLimits limits(1'000, std::nullopt);
  const Clock::time_point start = Clock::now();
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { count += admitted(limits, tenant("acme"), 1'000, start); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == 1'000);
}

}  // namespace
}  // namespace byok::service
