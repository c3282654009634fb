#include "daemon/service/tenant_counts.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace byok::service {
namespace {

TenantId tenant(const std::string& id) { return TenantId::parse(id).value(); }

TEST_CASE("the first tenants are counted by themselves, all others together") {
  TenantNames names(2);
  TenantCounts one(names);
  TenantCounts other(names);
  one.count(tenant("acme"), status_class_number(200));
  other.count(tenant("acme"), status_class_number(200));
  other.count(tenant("beta"), status_class_number(429));
  one.count(tenant("late"), status_class_number(200));
  one.count(tenant("later"), status_class_number(0));
  one.count(tenant("beta"), status_class_number(503));
  CHECK(names.names() == std::vector<std::string>{"acme", "beta"});
  CHECK(one.value(0, 0) + other.value(0, 0) == 2);
  CHECK(other.value(1, status_class_number(404)) == 1);
  CHECK(one.value(1, status_class_number(500)) == 1);
  CHECK(one.value(2, 0) == 1);
  CHECK(one.value(2, status_class_number(0)) == 1);
}

TEST_CASE("a tenant called as the others are is one of them") {
  TenantNames names(2);
  TenantCounts counts(names);
  counts.count(tenant("other"), 0);
  CHECK(names.names().empty());
  CHECK(counts.value(2, 0) == 1);
}

TEST_CASE("workers agree on the places, however they meet new tenants") {
  constexpr int tenants = 500;
  constexpr std::size_t most = 100;
  TenantNames names(most);
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<TenantCounts>> counts;
  for (int i = 0; i < 4; ++i) counts.push_back(std::make_unique<TenantCounts>(names));
  for (auto& mine : counts) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < tenants; ++i) mine->count(tenant("t" + std::to_string(i)), 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t place = 0; place < most; ++place) {
    std::uint64_t sum = 0;
    for (const auto& mine : counts) sum += mine->value(place, 0);
    CHECK(sum == counts.size());
  }
  std::uint64_t rest = 0;
  for (const auto& mine : counts) rest += mine->value(most, 0);
  CHECK(rest == (tenants - most) * counts.size());
}

}  // namespace
}  // namespace byok::service
