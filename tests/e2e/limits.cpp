// What one tenant or one client may take of byokd, and what it is told at the limit.
#include <doctest/doctest.h>

#include <memory>

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
