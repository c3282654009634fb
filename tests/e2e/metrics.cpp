// What /metrics counts, whom it tells, and what it must not tell.
#include <doctest/doctest.h>
#include <signal.h>

#include <boost/json/parse.hpp>
#include <regex>
#include <thread>

#include "tests/e2e/metrics_samples.hpp"

using namespace byok::testing;

namespace {

const std::string messages_body =
    R"({"model":"claude-sonnet-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";

// The port that a listener for metrics was announced with.
Address metrics_address(const World& world) {
  const std::string announced = "byokd: serving metrics on http://127.0.0.1:";
  REQUIRE(eventually([&] {
    const std::string log = world.byokd.log();
    const std::size_t at = log.find(announced);
    return at != log.npos && log.find('\n', at) != log.npos;
  }));
  const std::string log = world.byokd.log();
  const std::size_t at = log.find(announced);
  return {static_cast<std::uint16_t>(std::stoi(log.substr(at + announced.size()))), ""};
}

std::string requests(const std::string& route, const std::string& method, const std::string& code) {
  return "byok_http_requests_total{route=\"" + route + "\",method=\"" + method + "\",code=\"" +
         code + "\"}";
}

std::string calls(const std::string& provider, const std::string& source,
                  const std::string& outcome) {
  return "byok_provider_calls_total{provider=\"" + provider + "\",key_source=\"" + source +
         "\",outcome=\"" + outcome + "\"}";
}

}  // namespace

TEST_CASE("requests, calls and errors are counted exactly over all workers") {
  World world({"workers=3", "usage.operator_sees_tokens=true"},
              {{"GEMINI_API_KEY", make_key("AQ.")}});
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  world.put_key(tenant, "anthropic", make_key("sk-ant-"));
  const Samples before = scrape(world);
  // Each on a connection of its own, which the kernel gives to one worker or another.
  constexpr int many = 40;
  for (int i = 0; i < many; ++i) {
    CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
    CHECK(world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi", true))
              .status == 200);
    CHECK(world
              .ask(tenant.token, "POST", "/v1/messages", messages_body,
                   {{"anthropic-version", "2023-06-01"}})
              .status == 200);
    CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gemini-2.5-flash", "hi")).status ==
          200);
    CHECK(world.ask("byok_wrong", "GET", "/ai/providers").status == 401);
    CHECK(world.ask(tenant.token, "GET", "/ai/providers").status == 200);
    CHECK(world.ask(tenant.token, "GET", "/no/such/path" + std::to_string(i)).status == 404);
  }
  world.fake.script(R"([{"match":"/v1/chat","times":2,"status":500,"body":"{}"},)"
                    R"({"match":"/v1/chat","times":3,"status":429,"body":"{}"},)"
                    R"({"match":"/v1/chat","times":1,"status":401,"body":)"
                    R"({"error":{"message":"no","type":"invalid_request_error","code":)"
                    R"("invalid_api_key"}}}])");
  for (int i = 0; i < 6; ++i) {
    world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"));
  }
  Connection(world.byokd.tcp()).exchange({.method = "GE T"});

  const std::map<std::string, double> wanted = {
      {requests("/ai/chat", "POST", "2xx"), 2 * many},
      {requests("/v1/chat/completions", "POST", "2xx"), many},
      {requests("/v1/chat/completions", "POST", "4xx"), 4},
      {requests("/v1/chat/completions", "POST", "5xx"), 2},
      {requests("/v1/messages", "POST", "2xx"), many},
      {requests("/ai/providers", "GET", "2xx"), many},
      {requests("/ai/providers", "GET", "4xx"), many},
      {requests("none", "GET", "4xx"), many},
      {requests("malformed", "other", "4xx"), 1},
      {calls("openai", "tenant", "2xx"), 2 * many},
      {calls("openai", "tenant", "5xx"), 2},
      {calls("openai", "tenant", "429"), 3},
      {calls("openai", "tenant", "4xx"), 1},
      {calls("openai", "global", "2xx"), 0},
      {calls("anthropic", "tenant", "2xx"), many},
      {calls("gemini", "global", "2xx"), many},
      {R"(byok_errors_total{code="UNAUTHORIZED"})", many},
      {R"(byok_errors_total{code="NOT_FOUND"})", many},
      {R"(byok_errors_total{code="BAD_REQUEST"})", 1},
      {R"(byok_key_verdicts_total{provider="openai",key_source="tenant",verdict="rejected"})", 1},
      {R"(byok_provider_tokens_total{provider="anthropic",key_source="tenant",direction="input"})",
       11 * many},
      {R"(byok_provider_tokens_total{provider="gemini",key_source="global",direction="output"})",
       7 * many},
      {R"(byok_provider_first_byte_seconds_count{provider="anthropic"})", many},
      {R"(byok_provider_duration_seconds_count{provider="openai"})", 2 * many + 6},
      {"byok_call_overhead_seconds_count", 4 * many + 6},
      {"byok_call_duration_seconds_count", 4 * many + 6},
  };
  // The last may be counted a moment after their answers.
  auto wrong = [&] {
    const Samples after = scrape(world);
    std::string all;
    for (const auto& [sample, count] : wanted) {
      if (after[sample] - before[sample] != count) {
        all += sample + " is " + std::to_string(after[sample] - before[sample]) + "\n";
      }
    }
    return all;
  };
  eventually([&] { return wrong().empty(); });
  CHECK(wrong() == "");

  const Samples after = scrape(world);
  const std::string by_openai = R"({provider="openai"})";
  CHECK(after["byok_upstream_connects_total" + by_openai] +
            after["byok_upstream_reuses_total" + by_openai] ==
        2 * many + 6);
  CHECK(after["byok_workers"] == 3);
  CHECK(after["byok_tenants"] == 2);
  CHECK(after["byok_keys"] == 2);
  CHECK(after["byok_store_up"] == 1);
  CHECK(after["byok_audit_available"] == 1);
  CHECK(after["byok_store_commits_total"] > 0);
  CHECK(eventually([&] {
    const Samples now = scrape(world);
    return now["byok_store_commit_seconds_count"] == now["byok_store_commits_total"];
  }));
  CHECK(after["byok_client_connections"] >= 1);
  CHECK(after["process_resident_memory_bytes"] > 1e6);
  CHECK(after["process_open_fds"] > 10);
  CHECK(after["process_max_fds"] >= after["process_open_fds"]);
  CHECK(after["process_cpu_seconds_total"] > 0);
  CHECK(after["byok_http_received_bytes_total"] > 0);
  CHECK(after["byok_http_sent_bytes_total"] > 0);
}

TEST_CASE("byokd's own time is neither the provider's nor the client's") {
  World world;
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  const std::string body = chat_body("gpt-4o", "hi");
  const std::size_t half = body.size() / 2;
  constexpr std::chrono::milliseconds dawdling{200};
  constexpr double provider_takes = 0.3;
  // Where byokd itself is late to read, it has waited for its client for less.
  bool told_apart = false;
  for (int tries = 1; tries <= 5 && !told_apart; ++tries) {
    world.fake.script(R"([{"match":"/v1/chat","times":1,"delay_ms":300}])");
    const Samples before = scrape(world);
    Connection client(world.byokd.tcp());
    client.send_raw("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                    tenant.token + "\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body.substr(0, half));
    std::this_thread::sleep_for(dawdling);
    client.send_raw(body.substr(half));
    CHECK(client.read().status == 200);
    CHECK(eventually([&] { return scrape(world)["byok_call_duration_seconds_count"] == tries; }));
    const Samples after = scrape(world);
    auto took = [&](const std::string& name) { return after[name] - before[name]; };
    const double provider = took(R"(byok_provider_duration_seconds_sum{provider="openai"})");
    const double first = took(R"(byok_provider_first_byte_seconds_sum{provider="openai"})");
    const double whole = took("byok_call_duration_seconds_sum");
    const double own = took("byok_call_overhead_seconds_sum");
    CHECK(first >= provider_takes - 0.001);
    CHECK(provider >= first - 0.001);
    CHECK(own > 0);
    CHECK(own <= whole - provider + 0.001);
    told_apart = own <= whole - provider - 0.1;
  }
  CHECK(told_apart);
}

TEST_CASE("nothing of what callers send or own is told") {
  World world({"log.requests=true", "log.level=debug"});
  const std::string canary = "canary" + random_text(12);
  const Tenant tenant = world.make_tenant("tenant-" + canary);
  const std::string key = make_key("sk-proj-" + canary);
  world.put_key(tenant, "openai", key);
  const std::string other_model = "gpt-" + canary;
  world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", canary));
  world.ask(tenant.token, "POST", "/ai/chat", chat_body(other_model, canary));
  world.ask(tenant.token, "POST", "/ai/chat", chat_body(canary, canary));
  world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body(other_model, canary));
  world.ask(tenant.token, "GET", "/v1/files/" + canary + "?q=" + canary, "",
            {{"X-Canary", canary}, {"traceparent", canary}, {"User-Agent", canary}});
  world.ask("", "GET", "/v1beta/models?key=" + key);
  world.ask(key, "GET", "/" + canary + "/" + canary);
  world.ask(tenant.token, "GET", "/ai/providers/" + canary);
  call(world.byokd.tcp(), {.method = "X" + canary, .target = "/" + canary});
  CHECK(eventually(
      [&] { return scrape(world).sum("byok_http_requests_total", "method=\"other\"") == 1; }));
  CHECK(scrape(world).text.find(canary) == std::string::npos);
  CHECK(scrape(world).sum("byok_provider_tokens_total", "key_source=\"tenant\"") == 0);
  CHECK(scrape(world).text.find("byok_provider_tokens_total{provider=\"openai\",key_source=\""
                                "tenant") == std::string::npos);
  // The log names tenants, and nothing else of these.
  std::string log = world.byokd.log();
  CHECK(log.find("\"event\":\"request\"") != std::string::npos);
  for (std::size_t at; (at = log.find(tenant.id)) != log.npos;) log.erase(at, tenant.id.size());
  CHECK(log.find(canary) == std::string::npos);
}

TEST_CASE("tenants are told apart only where the operator asks for it, and only so many") {
  World world({"metrics.tenant_label=2"});
  std::vector<Tenant> tenants;
  for (const char* id : {"first", "second", "third", "fourth"}) {
    tenants.push_back(world.make_tenant(id));
    CHECK(world.ask(tenants.back().token, "GET", "/ai/providers").status == 200);
    CHECK(eventually(
        [&] { return scrape(world).sum("byok_tenant_requests_total") == double(tenants.size()); }));
  }
  // Whom nobody has identified is counted under no tenant's name, on the same connection neither.
  Connection client(world.byokd.tcp());
  client.exchange({.target = "/ai/providers", .headers = bearer(tenants[1].token)});
  client.exchange({.target = "/ai/providers"});
  CHECK(eventually([&] { return scrape(world).sum("byok_tenant_requests_total") == 5; }));
  const Samples samples = scrape(world);
  CHECK(samples[R"(byok_tenant_requests_total{tenant="first",code="2xx"})"] == 1);
  CHECK(samples.sum("byok_tenant_requests_total", "tenant=\"second\"") == 2);
  CHECK(samples[R"(byok_tenant_requests_total{tenant="other",code="2xx"})"] == 2);
  CHECK(samples.sum("byok_tenant_requests_total", "4xx") == 0);
}

TEST_CASE("the metrics are for operators, and on their own listener for anybody") {
  World world({"metrics_listen=http://127.0.0.1:0"});
  const Tenant tenant = world.make_tenant("acme");
  const Response made =
      world.admin("POST", "/admin/tenants/default/tokens", R"({"scope":"admin","name":"watcher"})");
  REQUIRE(made.status == 201);
  CHECK(world.ask("", "GET", "/metrics").status == 401);
  CHECK(world.ask(tenant.token, "GET", "/metrics").status == 403);
  CHECK(world.ask(made.text("token"), "GET", "/metrics").status == 200);
  const Response told = world.admin("GET", "/metrics");
  CHECK(told.status == 200);
  CHECK(told.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");

  const Address metrics = metrics_address(world);
  CHECK(call(metrics, {.target = "/metrics"}).body.find("byok_build_info{") != std::string::npos);
  CHECK(call(metrics, {.target = "/health"}).body == R"({"status":"ok"})");
  CHECK(call(metrics, {.target = "/ready"}).status == 200);
  CHECK(call(metrics, {.method = "POST", .target = "/metrics"}).status == 405);
  for (const char* path :
       {"/", "/ai/providers", "/ai/chat", "/admin/status", "/admin/tenants", "/v1/models",
        "/openai/v1/models", "/v1beta/models", "/metrics/", "/metrics/x", "/openapi.json"}) {
    CAPTURE(path);
    for (const std::string& token : {tenant.token, made.text("token")}) {
      CHECK(call(metrics, {.target = path, .headers = bearer(token)}).status == 404);
      CHECK(call(metrics, {.method = "POST", .target = path, .headers = bearer(token)}).status ==
            404);
    }
  }
  CHECK(world.fake.calls().empty());
}

TEST_CASE("beyond this machine the listener for metrics needs allow_plaintext") {
  World world;
  const Finished refused =
      run(world.byokd.command({"metrics_listen=http://0.0.0.0:0"}), world.byokd.environment());
  CHECK(refused.code != 0);
  CHECK(refused.err.find("metrics_listen: http://0.0.0.0:0") != std::string::npos);
}

TEST_CASE("whoever watches is let in where clients have taken all connections") {
  World world({"metrics_listen=http://127.0.0.1:0", "workers=1", "limits.max_connections=2"});
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  world.fake.script(R"([{"match":"/v1/chat","times":2,"stall":true}])");
  Connection one(world.byokd.tcp()), two(world.byokd.tcp());
  for (Connection* busy : {&one, &two}) {
    busy->send({.method = "POST",
                .target = "/v1/chat/completions",
                .headers = bearer(tenant.token),
                .body = chat_body("gpt-4o", "hi")});
  }
  CHECK(eventually([&] { return world.fake.calls().size() == 2; }));
  CHECK(Connection(world.byokd.tcp()).closed_by_server());
  const Samples samples = read_samples(call(metrics_address(world), {.target = "/metrics"}).body);
  CHECK(samples["byok_client_connections_refused_total"] == 1);
  CHECK(samples["byok_client_connections"] == 3);
  CHECK(samples[R"(byok_upstream_connections{provider="openai",state="busy"})"] == 2);
}

TEST_CASE("while calls are finished byokd says that it is not ready, and goes on being watched") {
  World world({"metrics_listen=http://127.0.0.1:0", "drain_timeout=60s"});
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  world.fake.script(R"([{"match":"/v1/chat","times":1,"stall":true}])");
  Connection busy(world.byokd.tcp());
  busy.send({.method = "POST",
             .target = "/v1/chat/completions",
             .headers = bearer(tenant.token),
             .body = chat_body("gpt-4o", "hi")});
  CHECK(eventually([&] { return world.fake.calls().size() == 1; }));
  // Whose request has begun to come is not sent away.
  Connection ready(metrics_address(world)), watching(metrics_address(world));
  ready.send_raw("GET /ready HTTP/1.1\r\n");
  watching.send_raw("GET /metrics HTTP/1.1\r\n");
  ::kill(world.byokd.pid(), SIGTERM);
  CHECK(eventually([&] {
    try {
      Connection another(world.byokd.tcp());
      return false;
    } catch (const std::exception&) {
      return true;
    }
  }));
  ready.send_raw("Host: x\r\n\r\n");
  watching.send_raw("Host: x\r\n\r\n");
  const Response told = ready.read();
  CHECK(told.status == 503);
  CHECK(told.text("error") == "DRAINING");
  CHECK(read_samples(watching.read().body)["byok_draining"] == 1);
  ::kill(world.byokd.pid(), SIGTERM);
  CHECK(world.byokd.ended(patience) == 0);
}

TEST_CASE("dashboard and alert rules ask for what there is") {
  World world({"metrics.tenant_label=10"});
  const Samples samples = scrape(world);
  const std::regex metric("\\b(byok|process)_[a-z_]*[a-z]\\b");
  std::set<std::string> asked;
  const std::string rules = read_file(BYOK_SOURCE "/packaging/prometheus/byok.rules.yml");
  const std::string dashboard = read_file(BYOK_SOURCE "/packaging/grafana/byok.json");
  CHECK(boost::json::parse(dashboard).is_object());
  for (const std::string* text : {&rules, &dashboard}) {
    std::size_t found = 0;
    for (std::sregex_iterator at(text->begin(), text->end(), metric), end; at != end; ++at) {
      asked.insert(at->str());
      ++found;
    }
    CHECK(found > 20);
  }
  for (const std::string& name : asked) {
    CAPTURE(name);
    std::string family = name;
    for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
      const std::string base = name.substr(0, name.size() - std::min(name.size(), suffix.size()));
      const auto known = samples.types.find(base);
      if (name.ends_with(suffix) && known != samples.types.end() && known->second == "histogram") {
        family = base;
      }
    }
    CHECK(samples.types.contains(family));
  }
}
