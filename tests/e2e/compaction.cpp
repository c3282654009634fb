// The database is compacted by itself after a key's end, and where an operator asks for it.
#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

std::string compaction(const World& world, const std::string& name) {
  return world.admin("GET", "/admin/status").text("database/compaction/" + name);
}

}  // namespace

TEST_CASE("a rotation is followed by a compaction, and nothing else is") {
  World world({"compact.min_interval=1s"});
  Tenant tenant = world.make_tenant("acme");
  const std::string key = make_key("sk-proj-");
  world.put_key(tenant, "openai", key);
  CHECK(compaction(world, "due") == "false");
  CHECK(compaction(world, "finishedAt") == "null");
  CHECK(world.ask(tenant.token, "POST", "/ai/providers/openai/rotate").status == 200);
  CHECK(eventually([&] { return compaction(world, "finishedAt") != "null"; }, patience));
  CHECK(compaction(world, "due") == "false");
  CHECK(compaction(world, "postponed") == "null");
  CHECK(world.byokd.log().find("database.compacted") != std::string::npos);
  CHECK(world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"))
            .header("x-fake-key-sha256") == sha256_hex(key));
}

TEST_CASE("an operator compacts at any time, and nobody else does") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  CHECK(world.ask(tenant.token, "POST", "/admin/compact").status == 403);
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  CHECK(world.ask(tenant.token, "DELETE", "/ai/providers/openai").status == 200);
  CHECK(compaction(world, "due") == "true");
  Response done = world.admin("POST", "/admin/compact");
  CHECK(done.status == 200);
  CHECK(done.text("compacted") == "true");
  CHECK(std::stoull(done.text("bytesAfter")) < std::stoull(done.text("bytesBefore")));
  CHECK(compaction(world, "due") == "false");
  world.byokd.restart();
  CHECK(compaction(world, "due") == "false");
  CHECK(world.ask(tenant.token, "GET", "/ai/providers").status == 200);
}
