// Calls from pages of other origins: who is let in by cors.origins, and to what.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::string app = "https://app.example.com";
const std::string other = "https://other.example.com";
const std::string setting = R"(cors.origins=["https://app.example.com", "http://localhost:5173"])";

constexpr std::string_view allow_origin = "Access-Control-Allow-Origin";

Headers from(const std::string& origin, Headers more = {}) {
  if (!origin.empty()) more.push_back({"Origin", origin});
  return more;
}

// As a browser asks before it sends a call with a token.
Response preflight(const World& world, const std::string& target, const std::string& origin,
                   const std::string& method = "POST") {
  return call(world.byokd.tcp(),
              {.method = "OPTIONS",
               .target = target,
               .headers = from(origin, {{"Access-Control-Request-Method", method},
                                        {"Access-Control-Request-Headers", "authorization"}})});
}

// Whether a header of the CORS protocol is in the answer.
bool speaks_of_origins(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(), [](const Header& header) {
    return header.name.starts_with("Access-Control-") || header.name.starts_with("access-control-");
  });
}

bool lets_in(const Response& response, const std::string& origin) {
  return response.header(allow_origin) == origin && response.header("Vary") == "Origin" &&
         !response.has("Access-Control-Allow-Credentials");
}

const char* const tenants_paths[] = {
    "/ai/chat",         "/ai/providers", "/ai/providers/openai?verify=true",
    "/ai/nothing",      "/v1/models",    "/v1/chat/completions",
    "/v1/messages",     "/upload/x",     "/v1beta/models/gemini-2.5-flash:generateContent",
    "/openai/v1/files",
};
const char* const closed_paths[] = {
    "/admin/tenants", "/admin/status", "/metrics", "/health",      "/ready",
    "/links",         "/nothing",      "/ai",      "/nobody/v1/x",
};

}  // namespace

TEST_CASE("a preflight from a listed origin is let in on what tenants call, without a token") {
  World world({setting});
  for (const std::string& origin : {app, std::string("http://localhost:5173")}) {
    for (const char* path : tenants_paths) {
      CAPTURE(path);
      const Response answer = preflight(world, path, origin);
      CHECK(answer.status == 204);
      CHECK(answer.body.empty());
      CHECK(lets_in(answer, origin));
      CHECK(answer.header("Access-Control-Allow-Headers") == "Authorization, *");
      for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
        CHECK(answer.header("Access-Control-Allow-Methods").find(method) != std::string::npos);
      }
      CHECK(answer.header("Access-Control-Max-Age") == "7200");
    }
  }
  CHECK(world.fake.calls().empty());
}

TEST_CASE("nobody else is told anything, and nothing else is opened") {
  World open({setting});
  World closed;
  struct Case {
    std::string_view name;
    std::string origin;
  };
  const Case cases[] = {
      {"no origin", ""},
      {"another host", other},
      {"another scheme", "http://app.example.com"},
      {"another port", app + ":8443"},
      {"the default port, written", app + ":443"},
      {"a host that begins so", app + ".evil.example"},
      {"a host that ends so", "https://evil-app.example.com"},
      {"upper case", "https://APP.example.com"},
      {"a path behind it", app + "/"},
      {"a page of no origin", "null"},
      {"any", "*"},
  };
  const Tenant tenant = open.make_tenant("acme");
  for (const Case& c : cases) {
    for (const char* path : tenants_paths) {
      CAPTURE(c.name);
      CAPTURE(path);
      const Response asked = preflight(open, path, c.origin);
      CHECK(asked.status >= 400);
      CHECK_FALSE(speaks_of_origins(asked));
      const Response called = open.ask(tenant.token, "GET", path, "", from(c.origin));
      CHECK_FALSE(speaks_of_origins(called));
      // What another origin gets is not this one's to keep.
      CHECK(called.header("Vary") == "Origin");
    }
  }
  for (const char* path : tenants_paths) {
    CAPTURE(path);
    const Response asked = preflight(closed, path, app);
    CHECK(asked.status >= 400);
    CHECK_FALSE(speaks_of_origins(asked));
    CHECK_FALSE(asked.has("Vary"));
  }
  for (const char* path : closed_paths) {
    CAPTURE(path);
    const Response asked = preflight(open, path, app);
    CHECK(asked.status >= 400);
    CHECK_FALSE(speaks_of_origins(asked));
    const Response called = open.admin("GET", path);
    CHECK_FALSE(speaks_of_origins(called));
    const Response over_tcp =
        call(open.byokd.tcp(), {.method = "GET", .target = path, .headers = from(app)});
    CHECK_FALSE(speaks_of_origins(over_tcp));
    CHECK_FALSE(over_tcp.has("Vary"));
  }
}

TEST_CASE("two origins in one request are none") {
  World world({setting});
  const Response answer = call(
      world.byokd.tcp(),
      {.method = "OPTIONS",
       .target = "/ai/chat",
       .headers = {{"Origin", app}, {"Origin", app}, {"Access-Control-Request-Method", "POST"}}});
  CHECK(answer.status >= 400);
  CHECK_FALSE(speaks_of_origins(answer));
}

TEST_CASE("OPTIONS that is no preflight is answered as ever, and readable") {
  World world({setting});
  const Response own =
      call(world.byokd.tcp(), {.method = "OPTIONS", .target = "/ai/chat", .headers = from(app)});
  CHECK(own.status == 405);
  CHECK(own.header("Allow") == "POST");
  CHECK(lets_in(own, app));
  const Response passed =
      call(world.byokd.tcp(), {.method = "OPTIONS", .target = "/v1/models", .headers = from(app)});
  CHECK(passed.status == 401);
  CHECK(lets_in(passed, app));
}

TEST_CASE("answers, errors and streams can be read by a listed origin's page") {
  World world({setting, "limits.max_body=1KiB"});
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  const std::string large = chat_body("gpt-4o", std::string(2048, 'x'));
  struct Case {
    std::string_view name;
    std::string token;
    const char* method;
    const char* target;
    std::string body;
    int status;
  };
  const Case cases[] = {
      {"a list", tenant.token, "GET", "/ai/providers", "", 200},
      {"a chat", tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi"), 200},
      {"a streamed chat", tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi", true), 200},
      {"no token", "", "GET", "/ai/providers", "", 401},
      {"too little scope", tenant.chat_token, "GET", "/ai/providers", "", 403},
      {"no such path", tenant.token, "GET", "/ai/nothing", "", 404},
      {"another method", tenant.token, "POST", "/ai/providers", "", 405},
      {"a large body", tenant.token, "POST", "/ai/chat", large, 413},
      {"no key", tenant.token, "POST", "/ai/chat", chat_body("claude-x", "hi"), 422},
      {"passed through", tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"),
       200},
      {"a stream, passed through", tenant.token, "POST", "/v1/chat/completions",
       chat_body("gpt-4o", "hi", true), 200},
      {"translated, no key", tenant.token, "POST", "/v1/chat/completions",
       chat_body("claude-x", "hi"), 422},
      {"by the provider's name", tenant.token, "GET", "/openai/v1/models", "", 200},
      {"HEAD", tenant.token, "HEAD", "/v1/models", "", 200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Connection connection(world.byokd.tcp());
    const Headers headers = c.token.empty() ? from(app) : bearer(c.token, from(app));
    connection.send({.method = c.method, .target = c.target, .headers = headers, .body = c.body});
    const Response answer = connection.read(c.method == std::string_view("HEAD"));
    CHECK(answer.status == c.status);
    CHECK(answer.header(allow_origin) == app);
    CHECK_FALSE(answer.has("Access-Control-Allow-Credentials"));
    const std::string exposed = answer.header("Access-Control-Expose-Headers");
    for (const char* name : {"X-Byok-Request-Id", "X-Byok-Provider", "X-Byok-Key-Source",
                             "X-Byok-Dropped", "Retry-After"}) {
      CAPTURE(name);
      CHECK(exposed.find(name) != std::string::npos);
    }
  }
  // The origin is the browser's affair, not the provider's.
  for (const SeenCall& seen : world.fake.calls()) CHECK_FALSE(seen.has("Origin"));
}

TEST_CASE("a tenant over its limits can read when to come again") {
  World world({setting, "limits.tenant_rps=1"});
  const Tenant tenant = world.make_tenant("acme");
  Response last;
  for (int i = 0; i < 3 && last.status != 429; ++i) {
    last = world.ask(tenant.token, "GET", "/ai/providers", "", from(app));
  }
  CHECK(last.status == 429);
  CHECK(last.has("Retry-After"));
  CHECK(lets_in(last, app));
  // Asking first is no request of the tenant's.
  for (int i = 0; i < 5; ++i) CHECK(preflight(world, "/ai/chat", app).status == 204);
}

TEST_CASE("what a provider allows pages is not passed on") {
  for (const auto& settings : {std::vector<std::string>{}, std::vector<std::string>{setting}}) {
    World world(settings);
    const Tenant tenant = world.make_tenant("acme");
    world.put_key(tenant, "openai", make_key("sk-proj-"));
    world.fake.script(R"([{"headers":{"Content-Type":"application/json",
      "Access-Control-Allow-Origin":"*","access-control-allow-credentials":"true",
      "Access-Control-Expose-Headers":"x-own","X-Own":"kept"},"body":{}}])");
    const Response answer = world.ask(tenant.token, "GET", "/v1/models", "", from(other));
    CHECK(answer.status == 200);
    CHECK(answer.header("X-Own") == "kept");
    CHECK_FALSE(speaks_of_origins(answer));
  }
}

TEST_CASE("the origins are those of the last reload") {
  World world;
  CHECK(preflight(world, "/ai/chat", app).status == 405);
  write_file(world.byokd.folder() / "config/byokd.toml",
             "[cors]\norigins = [\"https://app.example.com\"]\n");
  // On a connection that was there before.
  Connection kept(world.byokd.tcp());
  CHECK(kept.exchange({.target = "/ai/chat", .headers = from(app)}).header(allow_origin).empty());
  REQUIRE(world.admin("POST", "/admin/reload").status == 200);
  CHECK(preflight(world, "/ai/chat", app).status == 204);
  CHECK(kept.exchange({.target = "/ai/chat", .headers = from(app)}).header(allow_origin) == app);
  write_file(world.byokd.folder() / "config/byokd.toml", "[cors]\norigins = []\n");
  REQUIRE(world.admin("POST", "/admin/reload").status == 200);
  CHECK_FALSE(speaks_of_origins(preflight(world, "/ai/chat", app)));
}
