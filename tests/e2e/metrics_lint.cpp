// What Prometheus' own tool says of /metrics.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

#include "tests/e2e/metrics_samples.hpp"

using namespace byok::testing;

TEST_CASE("promtool has nothing to say against /metrics") {
  World world({"metrics.tenant_label=10"});
  Environment environment = clean_environment(world.byokd.folder().string());
  if (run({"/bin/sh", "-c", "command -v promtool"}, environment).code != 0) {
    std::puts("skipped: there is no promtool");
    return;
  }
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  const Finished checked = run({"promtool", "check", "metrics"}, environment, scrape(world).text);
  CHECK(checked.err == "");
  CHECK(checked.out == "");
  CHECK(checked.code == 0);
}
