#include "daemon/metrics/slots.hpp"

#include <doctest/doctest.h>

#include <set>

namespace byok::metrics {
namespace {

// One case, since the places last as long as the process.
TEST_CASE("a name keeps its place, and those beyond the last share one") {
  const std::size_t first = provider_slot("openai");
  const std::size_t second = provider_slot("anthropic");
  CHECK(first != second);
  CHECK(provider_slot("openai") == first);
  std::set<std::size_t> slots;
  for (std::size_t i = 0; i < 2 * most_providers; ++i) {
    slots.insert(provider_slot("provider-" + std::to_string(i)));
  }
  CHECK(*slots.rbegin() == most_providers - 1);
  CHECK(slots.size() == most_providers - 2);
  CHECK(provider_slot("one-more") == most_providers - 1);
  CHECK(provider_slot("anthropic") == second);
  const auto names = provider_names();
  REQUIRE(names.size() == most_providers);
  CHECK(names[first] == "openai");
  CHECK(names.back() == "other");
}

}  // namespace
}  // namespace byok::metrics
