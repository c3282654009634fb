#include "daemon/service/tenant_memory.hpp"

#include <doctest/doctest.h>

using namespace byok;
using service::TenantMemory;
using namespace std::chrono_literals;

namespace {

TenantId tenant(std::string_view name) { return *TenantId::parse(name); }
const TenantMemory::Clock::time_point start{};

}  // namespace

TEST_CASE("what is kept is recalled by its tenant alone, for a while") {
  TenantMemory memory(1000, 60min);
  memory.keep(tenant("a"), "c1", "[1]", start);
  CHECK(memory.recall(tenant("a"), "c1", start) == "[1]");
  CHECK(memory.recall(tenant("a"), "c1", start + 59min) == "[1]");
  CHECK(!memory.recall(tenant("b"), "c1", start));
  CHECK(!memory.recall(tenant("a"), "c2", start));
  memory.keep(tenant("a"), "c1", "[2]", start + 30min);
  CHECK(memory.recall(tenant("a"), "c1", start + 70min) == "[2]");
  CHECK(!memory.recall(tenant("a"), "c1", start + 90min));
}

TEST_CASE("the oldest makes room") {
  TenantMemory memory(100, 60min);
  const std::string forty(36, 'x');  // with "a", NUL and "cN"
  memory.keep(tenant("a"), "c1", forty, start);
  memory.keep(tenant("a"), "c2", forty, start);
  memory.keep(tenant("a"), "c3", forty, start);
  CHECK(!memory.recall(tenant("a"), "c1", start));
  CHECK(memory.recall(tenant("a"), "c2", start));
  CHECK(memory.recall(tenant("a"), "c3", start));
  // What is larger than all of it is not kept, and nothing goes for it.
  memory.keep(tenant("a"), "c4", std::string(200, 'x'), start);
  CHECK(!memory.recall(tenant("a"), "c4", start));
  CHECK(memory.recall(tenant("a"), "c3", start));
  // Nor does it leave an older one of its name.
  memory.keep(tenant("a"), "c3", std::string(200, 'x'), start);
  CHECK(!memory.recall(tenant("a"), "c3", start));
}

TEST_CASE("all of one tenant's is forgotten together, and nothing of another's") {
  TenantMemory memory(1000, 60min);
  for (std::string name : {"a", "ab"}) {
    memory.keep(tenant(name), "x", "1", start);
    memory.keep(tenant(name), "y", "2", start);
  }
  memory.forget(tenant("a"));
  CHECK(!memory.recall(tenant("a"), "x", start));
  CHECK(!memory.recall(tenant("a"), "y", start));
  CHECK(memory.recall(tenant("ab"), "x", start) == "1");
  CHECK(memory.recall(tenant("ab"), "y", start) == "2");
}
