#include "daemon/service/thinking_memory.hpp"

#include <doctest/doctest.h>

using namespace byok;
using service::ThinkingMemory;
using namespace std::chrono_literals;

namespace {

TenantId tenant(std::string_view name) { return *TenantId::parse(name); }
const ThinkingMemory::Clock::time_point start{};

}  // namespace

TEST_CASE("what was thought is recalled by its tenant alone, for a while") {
  ThinkingMemory memory;
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
  ThinkingMemory memory(100);
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
