// What is a credential and what is none, and the places where one may stand. What each of them may
// do is in access.cpp.
#include "common/token.hpp"

#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

enum class Kind { none, malformed, mistyped, unknown, revoked, expired, chat, full, other, admin };

struct Credential {
  std::string_view name;
  Kind kind;
  std::string token;
};

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");
  Tenant other = world.make_tenant("other");
  std::string key = make_key("sk-proj-");
  std::string other_key = make_key("sk-proj-");

  Fixture() {
    world.put_key(tenant, "openai", key);
    world.put_key(other, "openai", other_key);
  }

  std::string revoked() {
    Response made =
        world.admin("POST", "/admin/tenants/acme/tokens", R"({"scope":"full","name":"gone"})");
    Response gone = world.admin("DELETE", "/admin/tokens/" + made.text("id"));
    CHECK(gone.status == 200);
    return made.text("token");
  }

  std::string expired() {
    std::string token = world.make_token("acme", "full", R"(,"expires":"1s")");
    CHECK(eventually([&] { return world.ask(token, "GET", "/ai/providers").status == 401; }));
    return token;
  }

  std::string mistyped() {
    std::string token = tenant.token;
    token[10] = token[10] == 'a' ? 'b' : 'a';
    return token;
  }

  std::vector<Credential> credentials() {
    return {{"none", Kind::none, ""},
            {"malformed", Kind::malformed, "hello"},
            {"mistyped", Kind::mistyped, mistyped()},
            {"unknown", Kind::unknown, std::string(byok::make_token(byok::Scope::full).reveal())},
            {"revoked", Kind::revoked, revoked()},
            {"expired", Kind::expired, expired()},
            {"chat", Kind::chat, tenant.chat_token},
            {"full", Kind::full, tenant.token},
            {"another tenant's", Kind::other, other.token},
            {"admin", Kind::admin, world.make_token("default", "admin")}};
  }
};

bool known(Kind kind) {
  return kind == Kind::chat || kind == Kind::full || kind == Kind::other || kind == Kind::admin;
}

}  // namespace

TEST_CASE("refused credentials are told apart by nobody") {
  Fixture f;
  std::string first;
  for (const Credential& credential : f.credentials()) {
    if (known(credential.kind)) continue;
    CAPTURE(credential.name);
    Response response = f.world.ask(credential.token, "GET", "/ai/providers");
    CHECK(response.text("error") == "UNAUTHORIZED");
    if (first.empty()) first = response.text("message");
    CHECK(response.text("message") == first);
  }
}

TEST_CASE("a token reaches its own tenant's key only") {
  Fixture f;
  auto used = [&](const std::string& token, Headers more = {}) {
    return f.world
        .ask(token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"), std::move(more))
        .header("x-fake-key-sha256");
  };
  CHECK(used(f.tenant.token) == sha256_hex(f.key));
  CHECK(used(f.tenant.chat_token) == sha256_hex(f.key));
  CHECK(used(f.other.token) == sha256_hex(f.other_key));
  CHECK(used(f.tenant.token, {{"X-Byok-Tenant", "acme"}}) == sha256_hex(f.key));

  Response crossed =
      f.world.ask(f.tenant.token, "GET", "/ai/providers", "", {{"X-Byok-Tenant", "other"}});
  CHECK(crossed.status == 403);
  CHECK(crossed.text("error") == "FORBIDDEN");
}

TEST_CASE("a credential is read from each place where a provider's client puts it") {
  Fixture f;
  f.world.put_key(f.tenant, "gemini", make_key("AQ."));
  const std::string token = f.tenant.token;
  const std::string chat = "/v1/chat/completions";
  const std::string gemini = "/v1beta/models/gemini-2.5-flash:generateContent";
  const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})";
  struct Case {
    std::string_view name;
    std::string target;
    std::string body;
    Headers headers;
    int status;
  };
  const std::string other = f.other.token;
  const std::string openai = chat_body("gpt-4o", "hi");
  const Case cases[] = {
      {"Authorization", chat, openai, {{"Authorization", "Bearer " + token}}, 200},
      {"x-api-key", chat, openai, {{"x-api-key", token}}, 200},
      {"x-goog-api-key", gemini, contents, {{"x-goog-api-key", token}}, 200},
      {"the query on Gemini's paths", gemini + "?key=" + token, contents, {}, 200},
      {"the query elsewhere", chat + "?key=" + token, openai, {}, 401},
      {"twice the same",
       chat,
       openai,
       {{"Authorization", "Bearer " + token}, {"x-api-key", token}},
       200},
      {"two that disagree",
       chat,
       openai,
       {{"Authorization", "Bearer " + token}, {"x-api-key", other}},
       400},
      {"header and query that disagree",
       gemini + "?key=" + token,
       contents,
       {{"x-goog-api-key", other}},
       400},
      {"another scheme", chat, openai, {{"Authorization", "Basic " + token}}, 401},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Response response =
        call(f.world.byokd.tcp(),
             {.method = "POST", .target = c.target, .headers = c.headers, .body = c.body});
    CAPTURE(response.body);
    CHECK(response.status == c.status);
    CHECK(response.has("x-fake-key-sha256") == (c.status == 200));
  }
}

TEST_CASE("the socket's peer is the operator unless it speaks for somebody else") {
  Fixture f;
  auto status = [&](Headers headers) {
    return call(f.world.byokd.socket(), {.target = "/admin/tenants", .headers = headers}).status;
  };
  CHECK(status({}) == 200);
  CHECK(status({{"Authorization", "Bearer " + f.mistyped()}}) == 401);
  CHECK(status({{"Authorization", "Bearer " + f.tenant.token}}) == 403);
  for (std::string name : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via"}) {
    CAPTURE(name);
    CHECK(status({{name, "for=127.0.0.1"}}) == 401);
  }
  CHECK(call(f.world.byokd.tcp(), {.target = "/admin/tenants"}).status == 401);
}

TEST_CASE("a socket behind a proxy can be told to trust no peer") {
  World world({"unix_operator=false"});
  CHECK(world.admin("GET", "/admin/tenants").status == 401);
}

TEST_CASE("a created token is described once with its text and listed without it") {
  Fixture f;
  Response made =
      f.world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"widget","scope":"chat"})");
  CAPTURE(made.body);
  CHECK(made.text("id").starts_with("tok_"));
  CHECK(made.text("token").starts_with("byokchat_"));
  CHECK(made.text("token").size() == 9 + 43 + 6);
  CHECK(made.text("tenant") == "acme");
  CHECK(made.text("name") == "widget");
  CHECK(made.text("scope") == "chat");
  CHECK(made.text("createdAt").ends_with("Z"));
  Response listed = f.world.admin("GET", "/admin/tenants/acme/tokens");
  CHECK(listed.body.find(made.text("id")) != std::string::npos);
  CHECK(listed.body.find(made.text("token")) == std::string::npos);
  CHECK(f.tenant.token.starts_with("byok_"));
}
