// What one tenant or one client may take of byokd, and what it is told at the limit.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/e2e/stuck_calls.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

// Between two pieces of a slow body.
constexpr std::chrono::milliseconds between_pieces{100};

struct Surface {
  std::string_view name;
  std::string provider;
  std::string target;
  std::string body;
  std::string code;  // where the surface's own shape says what happened, and how
  std::string said;
};

const Surface surfaces[] = {
    {"byokd's own", "openai", "/ai/chat", chat_body("gpt-4o", "hi"), "error", "RATE_LIMITED"},
    {"OpenAI's", "openai", "/v1/chat/completions", chat_body("gpt-4o", "hi"), "error/code",
     "rate_limited"},
    {"Anthropic's", "anthropic", "/v1/messages",
     R"({"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})",
     "error/type", "rate_limit_error"},
    {"Gemini's", "gemini", "/v1beta/models/gemini-2.5-flash:generateContent",
     R"({"contents":[{"parts":[{"text":"hi"}]}]})", "error/status", "RESOURCE_EXHAUSTED"},
};

// Other surfaces do not mind it.
const Headers version{{"anthropic-version", "2023-06-01"}};

}  // namespace

TEST_CASE("a tenant is held to its requests a second, on every surface, and no other tenant is") {
  constexpr int a_second = 3;
  World world({"limits.tenant_rps=" + std::to_string(a_second)});
  for (const Surface& surface : surfaces) {
    CAPTURE(surface.name);
    const std::string id = "flooding-" + std::to_string(&surface - surfaces);
    Tenant flooding = world.make_tenant(id);
    Tenant quiet = world.make_tenant("quiet-" + id);
    // By the operator, who is held to nothing.
    for (const Tenant& tenant : {flooding, quiet}) {
      CHECK(world
                .admin("PUT", "/ai/providers/" + surface.provider,
                       R"({"apiKey":")" + make_key("sk-ant-") + "\"}", tenant.id)
                .status == 200);
    }
    int served = 0;
    std::optional<Response> refused;
    for (int i = 0; i < 10 * a_second; ++i) {
      Response response = world.ask(flooding.token, "POST", surface.target, surface.body, version);
      if (response.status == 200) ++served;
      if (response.status == 429) refused = response;
    }
    CHECK(served >= a_second);
    CHECK(served < 10 * a_second);
    REQUIRE(refused);
    CHECK(refused->header("retry-after") == "1");
    CHECK(refused->text(surface.code) == surface.said);
    CHECK(world.ask(quiet.token, "POST", surface.target, surface.body, version).status == 200);
    CHECK(eventually([&] {
      return world.ask(flooding.token, "POST", surface.target, surface.body, version).status == 200;
    }));
  }
}

TEST_CASE("a tenant is held to its requests in flight over all workers") {
  World world({"limits.tenant_concurrency=2", "workers=2"});
  Tenant tenant = world.make_tenant("acme");
  Tenant other = world.make_tenant("other");
  for (const Tenant& one : {tenant, other}) {
    CHECK(world
              .admin("PUT", "/ai/providers/openai", R"({"apiKey":")" + make_key("sk-proj-") + "\"}",
                     one.id)
              .status == 200);
  }
  const auto chat = [&](const Tenant& one) {
    return world.ask(one.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi")).status;
  };
  std::vector<std::unique_ptr<Connection>> streams;
  for (int i = 0; i < 2; ++i) {
    streams.push_back(std::make_unique<Connection>(world.byokd.tcp()));
    streams.back()->send({.method = "POST",
                          .target = "/v1/chat/completions",
                          .headers = bearer(tenant.token),
                          .body = chat_body("gpt-sse-100000-1000", "hi", true)});
    CHECK(streams.back()->read_head().status == 200);
  }
  // On as many connections as it takes to come to both workers.
  for (int i = 0; i < 20; ++i) CHECK(chat(tenant) == 429);
  CHECK(chat(other) == 200);
  CHECK(world.ask(tenant.token, "GET", "/ai/providers").status == 429);
  CHECK(world.admin("GET", "/ai/providers", "", "acme").status == 200);
  CHECK(call(world.byokd.tcp(), {.target = "/health"}).status == 200);
  streams.pop_back();
  CHECK(eventually([&] { return chat(tenant) == 200; }));
  CHECK(chat(tenant) == 200);
}

TEST_CASE("one request after the other is never too many at once, whichever worker serves it") {
  World world({"limits.tenant_concurrency=1", "workers=2"});
  std::string many = R"({"model":"text-embedding-3-small","input":["a")";
  for (int i = 0; i < 60; ++i) many += R"(,"a")";
  struct Case {
    std::string_view name;
    Request request;
  };
  const Case cases[] = {
      {"an answer in one piece", {.target = "/ai/providers"}},
      {"one that is relayed", {.method = "POST", .target = "/v1/embeddings", .body = many + "]}"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::atomic<int> refused = 0;
    std::vector<std::thread> askers;
    // More than there are cores, so that workers are held up at any place.
    for (int i = 0; i < 8; ++i) {
      const Tenant tenant =
          world.make_tenant(std::string(c.request.target.substr(1, 2)) + std::to_string(i));
      world.put_key(tenant, "openai", make_key("sk-proj-"));
      askers.emplace_back([&world, &refused, request = c.request, tenant]() mutable {
        request.headers = bearer(tenant.token);
        // Among which the requests go round, so that both workers have some.
        std::vector<std::unique_ptr<Connection>> connections(6);
        for (int j = 0; j < 1'000; ++j) {
          std::unique_ptr<Connection>& next = connections[j % connections.size()];
          if (!next) next = std::make_unique<Connection>(world.byokd.tcp());
          const Response answer = next->exchange(request);
          refused += answer.status != 200;
          if (answer.header("connection") == "close") next.reset();
        }
      });
    }
    for (std::thread& asker : askers) asker.join();
    CHECK(refused.load() == 0);
  }
}

TEST_CASE("a limit that is switched on by a reload counts what is in flight already") {
  World world;
  Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "openai", make_key("sk-proj-"));
  Connection stream(world.byokd.tcp());
  stream.send({.method = "POST",
               .target = "/v1/chat/completions",
               .headers = bearer(acme.token),
               .body = chat_body("gpt-sse-100000-1000", "hi", true)});
  CHECK(stream.read_head().status == 200);
  write_file(world.byokd.folder() / "config/byokd.toml", "[limits]\ntenant_concurrency = 1\n");
  CHECK(world.admin("POST", "/admin/reload").status == 200);
  CHECK(world.ask(acme.token, "GET", "/ai/providers").status == 429);
}

TEST_CASE("requests that are refused for the token's scope take of the tenant's share") {
  World world({"limits.tenant_rps=1", "log.requests=true"});
  Tenant acme = world.make_tenant("acme");
  const std::string token =
      world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"chats","scope":"chat"})")
          .text("token");
  for (const char* target : {"/ai/providers", "/openai/v1/files"}) {
    CAPTURE(target);
    int forbidden = 0;
    int limited = 0;
    CHECK(eventually([&] {
      const int status = world.ask(token, "GET", target).status;
      forbidden += status == 403;
      limited += status == 429;
      return forbidden > 0 && limited > 0;
    }));
    CHECK(world.ask("byok_nonsense", "GET", target).status == 401);
  }
  // Behind it: error, peer, tenant, caller.
  CHECK(eventually([&] {
    const std::string log = world.byokd.log();
    const std::size_t at = log.find(R"("error":"FORBIDDEN")");
    if (at == log.npos) return false;
    const std::string_view rest = std::string_view(log).substr(at);
    return rest.substr(0, rest.find('\n')).find(R"("tenant":"acme","caller":")") != rest.npos;
  }));
}

TEST_CASE("the place of a request in flight is free once its client has left") {
  // Far below what byokd would wait for.
  constexpr std::chrono::seconds soon{30};
  StuckWorld f({"limits.tenant_concurrency=1"});
  const auto status = [&] { return f.world.ask(f.tenant.token, "GET", "/ai/providers").status; };
  for (const Stuck& call : stuck_calls) {
    for (const bool reset : {true, false}) {
      // Of a body that breaks off nobody knows before it is read.
      if (call.upload && !reset) continue;
      CAPTURE(call.name);
      CAPTURE(reset);
      auto connection = f.begin(call);
      CHECK(status() == 429);
      if (reset) connection->stream().reset();
      connection.reset();
      REQUIRE(eventually([&] { return status() == 200; }, soon));
    }
  }
}

TEST_CASE("a tenant's own limits hold from the next request on, on all workers, and stay") {
  World world({"limits.tenant_rps=1", "workers=2"});
  Tenant acme = world.make_tenant("acme");
  Tenant other = world.make_tenant("other");
  const auto limit = [&](const std::string& limits) {
    const Response done =
        world.admin("PATCH", "/admin/tenants/acme", "{\"limits\":" + limits + "}");
    CHECK(done.status == 200);
    return done;
  };
  constexpr int tries = 40;
  const auto served = [&](const Tenant& tenant) {
    int count = 0;
    // Each on a connection of its own, so that they come to both workers.
    for (int i = 0; i < tries; ++i) {
      count += world.ask(tenant.token, "GET", "/ai/providers").status == 200;
    }
    return count;
  };
  CHECK(served(acme) < tries);
  const Response off = limit(R"({"rps":"off"})");
  CHECK(off.text("limits") == R"({"rps":"off","concurrency":null})");
  CHECK(off.text("limitsInForce") == R"({"rps":"off","concurrency":"off"})");
  CHECK(served(acme) == tries);
  CHECK(served(other) < tries);
  limit(R"({"rps":0,"concurrency":7})");
  const std::string shown = world.admin("GET", "/admin/tenants/acme").text("limits");
  CHECK(shown == R"({"rps":"off","concurrency":7})");
  CHECK(served(acme) == tries);
  // What was shown may be sent back; what is not named stays.
  limit(shown);
  limit(R"({"rps":2})");
  CHECK(world.admin("GET", "/admin/tenants/acme").text("limits") == R"({"rps":2,"concurrency":7})");
  CHECK(served(acme) < tries);
  limit(R"({"rps":1000000})");
  world.byokd.restart();
  CHECK(served(acme) == tries);
  // Changing something else leaves them alone, and so does an import.
  CHECK(world.admin("PATCH", "/admin/tenants/acme", R"({"globalFallback":false})").status == 200);
  CHECK(call(world.byokd.socket(),
             {.method = "POST",
              .target = "/admin/import",
              .headers = {{"Content-Type", "application/x-ndjson"}},
              .body = R"({"tenant":"acme","provider":"openai","apiKey":"sk-0123456789"})"})
            .status == 200);
  CHECK(world.admin("GET", "/admin/tenants/acme").text("limits/rps") == "1000000");
  limit("null");
  CHECK(world.admin("GET", "/admin/tenants/acme").text("limits") ==
        R"({"rps":null,"concurrency":null})");
  CHECK(served(acme) < tries);

  const std::string log = read_file(world.byokd.state_dir() / "audit.log");
  CHECK(log.find(R"("tenant":"acme","globalFallback":true,"rps":"2","concurrency":"7")") !=
        std::string::npos);
}

TEST_CASE("a tenant's own limit of requests in flight holds where there is none for all") {
  World world;
  Tenant acme = world.make_tenant("acme", R"(,"limits":{"concurrency":1})");
  CHECK(world.admin("GET", "/admin/tenants/acme").text("limitsInForce/concurrency") == "1");
  world.admin("PUT", "/ai/providers/openai", R"({"apiKey":")" + make_key("sk-proj-") + "\"}",
              "acme");
  Connection stream(world.byokd.tcp());
  stream.send({.method = "POST",
               .target = "/v1/chat/completions",
               .headers = bearer(acme.token),
               .body = chat_body("gpt-sse-100000-1000", "hi", true)});
  CHECK(stream.read_head().status == 200);
  const Response refused = world.ask(acme.token, "GET", "/ai/providers");
  CHECK(refused.status == 429);
  CHECK(refused.text("message").find("1 request in flight") != std::string::npos);
  world.admin("PATCH", "/admin/tenants/acme", R"({"limits":{"concurrency":null}})");
  CHECK(world.ask(acme.token, "GET", "/ai/providers").status == 200);
}

TEST_CASE("a limit that is none is refused, and changes nothing") {
  World world;
  world.make_tenant("acme", R"(,"limits":{"rps":5})");
  for (const char* limits :
       {R"({"rps":-1})", R"({"rps":1.5})", R"({"rps":"5"})", R"({"rps":4294967296})",
        R"({"rps":true})", R"({"requests":5})", R"({"rps":5,"concurrency":"none"})", "[]", "5"}) {
    CAPTURE(limits);
    const Response refused =
        world.admin("PATCH", "/admin/tenants/acme", std::string("{\"limits\":") + limits + "}");
    CHECK(refused.status == 400);
    CHECK(refused.text("message").find("limits") != std::string::npos);
  }
  CHECK(world.admin("PATCH", "/admin/tenants/acme", R"({"limits":{}})").status == 400);
  CHECK(world.admin("PATCH", "/admin/tenants/nobody", R"({"limits":{"rps":1}})").status == 404);
  CHECK(world.admin("GET", "/admin/tenants/acme").text("limits") ==
        R"({"rps":5,"concurrency":null})");
}

TEST_CASE("a body that dribbles in is given up, though its bytes never pause for long") {
  World world({"limits.idle_timeout=1s", "limits.min_body_rate=100B"});
  Tenant tenant = world.make_tenant("acme");
  struct Row {
    std::string_view name;
    std::size_t piece;  // bytes, each tenth of a second
    int status;
  };
  for (const Row& row : {Row{"a tenth of the rate", 1, 408}, Row{"five times the rate", 50, 200}}) {
    CAPTURE(row.name);
    const std::string body =
        R"({"apiKey":")" + make_key("sk-proj-") + std::string(1'000, 'k') + "\"}";
    Connection connection(world.byokd.tcp());
    connection.send_raw(format_head(
        "PUT /ai/providers/openai HTTP/1.1",
        bearer(tenant.token,
               {{"Host", "localhost"}, {"Content-Length", std::to_string(body.size())}})));
    bool left = false;
    for (std::size_t at = 0; at < body.size() && !left; at += row.piece) {
      connection.send_raw(body.substr(at, row.piece));
      left = connection.stream().peer_left(between_pieces);
    }
    CHECK(connection.read().status == row.status);
  }
}

TEST_CASE("an operator's import may come as slowly as its lines are made") {
  World world({"limits.idle_timeout=1s", "limits.min_body_rate=1MiB"});
  const std::string line =
      R"({"tenant":"t","provider":"openai","apiKey":")" + make_key("sk-") + "\"}\n";
  Connection connection(world.byokd.socket());
  connection.send_raw(format_head("POST /admin/import HTTP/1.1",
                                  {{"Host", "localhost"},
                                   {"Content-Type", "application/x-ndjson"},
                                   {"Content-Length", std::to_string(line.size())}}));
  for (std::size_t at = 0; at < line.size(); at += 4) {
    connection.send_raw(line.substr(at, 4));
    CHECK_FALSE(connection.stream().peer_left(between_pieces));
  }
  CHECK(connection.read().status == 200);
}
