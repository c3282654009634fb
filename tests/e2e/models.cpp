// The models that a tenant can call now, over the API and by the command line.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");

  void put(const std::string& provider, const std::string& key) {
    world.put_key(tenant, provider, key);
  }
  Response models() { return world.ask(tenant.token, "GET", "/ai/models"); }
  std::size_t calls() { return world.fake.calls().size(); }
};

}  // namespace

TEST_CASE("models are asked of the providers that there are keys for, once for each key") {
  Fixture f;
  CHECK(f.models().body == R"({"models":[]})");
  CHECK(f.calls() == 0);

  f.put("openai", make_key("sk-proj-"));
  Response one = f.models();
  CHECK(one.status == 200);
  CHECK(one.body == R"({"models":[{"id":"gpt-4o","provider":"openai","keySource":"tenant"},)"
                    R"({"id":"gpt-4o-mini","provider":"openai","keySource":"tenant"}]})");
  f.put("gemini", make_key("AQ."));
  Response both = f.models();
  CHECK(both.body.find(R"("provider":"openai")") != std::string::npos);
  CHECK(both.body.find(R"("provider":"gemini")") != std::string::npos);

  // Remembered, until a key changes.
  std::size_t before = f.calls();
  CHECK(f.models().body == both.body);
  CHECK(f.calls() == before);
  CHECK(f.world.ask(f.tenant.token, "POST", "/ai/providers/openai/rotate").status == 200);
  CHECK(f.models().body == both.body);
  CHECK(f.calls() > before);
  CHECK(f.world.ask(f.tenant.token, "DELETE", "/ai/providers/openai").status == 200);
  CHECK(f.models().body.find("openai") == std::string::npos);
}

TEST_CASE("a provider that gives no list is left out, and told where none does") {
  Fixture f;
  f.put("openai", make_key("sk-proj-bad-"));
  Response refused = f.models();
  CHECK(refused.status == 422);
  CHECK(refused.text("error") == "KEY_REJECTED");
  f.put("anthropic", make_key("sk-ant-"));
  Response some = f.models();
  CHECK(some.status == 200);
  CHECK(some.body.find(R"("provider":"anthropic")") != std::string::npos);
  CHECK(some.body.find(R"("provider":"openai")") == std::string::npos);
}

TEST_CASE("a new tenant of a deleted one's name is not shown what the old one could call") {
  Fixture f;
  f.put("openai", make_key("sk-proj-"));
  CHECK(f.models().status == 200);
  CHECK(f.world.admin("DELETE", "/admin/tenants/acme").status == 200);
  f.tenant = f.world.make_tenant("acme");
  f.put("openai", make_key("sk-proj-"));
  std::size_t before = f.calls();
  CHECK(f.models().status == 200);
  CHECK(f.calls() == before + 1);
}
