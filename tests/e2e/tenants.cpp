// Tenants over their whole life, the operator acting for them, and import.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <set>
#include <sstream>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

TEST_CASE("a tenant is made, shown, listed, and made only once") {
  World world;
  Response made = world.admin("POST", "/admin/tenants", R"({"id":"acme"})");
  CHECK(made.status / 100 == 2);
  CHECK(world.admin("GET", "/admin/tenants/acme").text("id") == "acme");
  const std::string list = world.admin("GET", "/admin/tenants").body;
  CHECK(list.find("\"acme\"") != list.npos);
  CHECK(list.find("\"default\"") != list.npos);

  Response again = world.admin("POST", "/admin/tenants", R"({"id":"acme"})");
  CHECK(again.status == 409);
  CHECK(again.text("error") == "TENANT_EXISTS");
  Response missing = world.admin("GET", "/admin/tenants/nobody");
  CHECK(missing.status == 404);
  CHECK(missing.text("error") == "TENANT_NOT_FOUND");
}

TEST_CASE("a tenant's id is lower-case letters, digits, dots, dashes and underscores") {
  World world;
  for (const std::string& id : {std::string("A"), std::string(".a"), std::string("a/b"),
                                std::string("a b"), std::string(), std::string(64, 'a')}) {
    CAPTURE(id);
    Response response = world.admin("POST", "/admin/tenants", "{\"id\":\"" + id + "\"}");
    CHECK(response.status == 400);
    CHECK(response.text("error") == "INVALID_TENANT");
  }
  for (const std::string& id : {std::string("0"), std::string("a.b_c-d"), std::string(63, 'a')}) {
    CAPTURE(id);
    CHECK(world.admin("POST", "/admin/tenants", "{\"id\":\"" + id + "\"}").status / 100 == 2);
  }
}

TEST_CASE("the operator acts for the tenant that X-Byok-Tenant names, else for default") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  const std::string key = R"({"apiKey":"sk-proj-0123456789abcdef"})";
  CHECK(world.admin("PUT", "/ai/providers/openai", key, "acme").status == 200);
  CHECK(world.ask(tenant.token, "GET", "/ai/providers").text("providers/0/provider") == "openai");
  CHECK(world.admin("GET", "/ai/providers").body == R"({"providers":[]})");
  CHECK(world.admin("PUT", "/ai/providers/gemini", key).status == 200);
  CHECK(world.admin("GET", "/ai/providers", "", "default").text("providers/0/provider") ==
        "gemini");
  CHECK(world.admin("GET", "/ai/providers", "", "nobody").text("error") == "TENANT_NOT_FOUND");
  CHECK(world.admin("GET", "/ai/providers", "", "No Body").text("error") == "INVALID_TENANT");

  const std::string admin = world.make_token("default", "admin");
  CHECK(world.ask(admin, "GET", "/ai/providers", "", {{"X-Byok-Tenant", "acme"}})
            .text("providers/0/provider") == "openai");
}

TEST_CASE("a deleted tenant's keys and tokens are gone for good") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  CHECK(world.admin("DELETE", "/admin/tenants/acme").status == 200);
  CHECK(world.ask(tenant.token, "GET", "/ai/providers").status == 401);
  CHECK(world.admin("GET", "/admin/tenants/acme").status == 404);
  CHECK(world.admin("DELETE", "/admin/tenants/acme").text("error") == "TENANT_NOT_FOUND");

  Tenant again = world.make_tenant("acme");
  CHECK(world.ask(again.token, "GET", "/ai/providers").body == R"({"providers":[]})");
  CHECK(world.ask(tenant.token, "GET", "/ai/providers").status == 401);
}

TEST_CASE("every put and rotate gives the key a newer DEK") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  const auto first = world.dek_version("acme", "openai");
  CHECK(first > 0);
  CHECK(world.ask(tenant.token, "POST", "/ai/providers/openai/rotate").status == 200);
  const auto second = world.dek_version("acme", "openai");
  CHECK(second > first);
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  CHECK(world.dek_version("acme", "openai") > second);
}

TEST_CASE("all keys are rotated at once, and each opens afterwards") {
  World world;
  std::vector<Tenant> tenants;
  // More than one transaction takes.
  std::string lines;
  for (int i = 0; i < 600; ++i) {
    lines += R"({"tenant":"t)" + std::to_string(i) + R"(","provider":"openai","apiKey":")" +
             make_key("sk-proj-") + "\"}\n";
  }
  CHECK(call(world.byokd.socket(), {.method = "POST",
                                    .target = "/admin/import",
                                    .headers = {{"Content-Type", "application/x-ndjson"}},
                                    .body = lines})
            .status == 200);
  Tenant tenant = world.make_tenant("two-keys");
  const std::string key = make_key("sk-proj-");
  world.put_key(tenant, "openai", key);
  world.put_key(tenant, "gemini", make_key("AQ."));
  const auto rotate = [&](const std::string& body) {
    Response answer = world.admin("POST", "/admin/rotate", body);
    CHECK(answer.status == 200);
    const std::size_t last = answer.body.rfind('\n', answer.body.size() - 2);
    return answer.body.substr(last == std::string::npos ? 0 : last + 1);
  };
  CHECK(rotate("") == "{\"done\":true,\"rotated\":602,\"failed\":0}\n");
  for (const char* id : {"t0", "t299", "t599"}) CHECK(world.dek_version(id, "openai") == 2);
  CHECK(world.dek_version("two-keys", "openai") + world.dek_version("two-keys", "gemini") == 3 + 4);
  CHECK(world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"))
            .header("x-fake-key-sha256") == sha256_hex(key));
  CHECK(rotate(R"({"olderThan":"1h"})") == "{\"done\":true,\"rotated\":0,\"failed\":0}\n");
  CHECK(rotate(R"({"olderThan":"0s"})") == "{\"done\":true,\"rotated\":602,\"failed\":0}\n");
  for (const char* body : {R"({"olderThan":"soon"})", R"({"olderThan":1})", R"({"older":"1h"})"}) {
    CHECK(world.admin("POST", "/admin/rotate", body).status == 400);
  }
  CHECK(world.ask(tenant.token, "POST", "/admin/rotate").status == 403);
}

TEST_CASE("a tenant's many tokens are told by pages, alone and beside its keys") {
  World world;
  constexpr std::size_t count = 2'500;
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) lines += "{\"tenant\":\"acme\",\"token\":{}}\n";
  CHECK(call(world.byokd.socket(), {.method = "POST",
                                    .target = "/admin/import",
                                    .headers = {{"Content-Type", "application/x-ndjson"}},
                                    .body = lines})
            .status == 200);
  for (const std::string& path :
       {std::string("/admin/tenants/acme/tokens"), std::string("/admin/tenants/acme")}) {
    CAPTURE(path);
    std::set<std::string> ids;
    std::vector<std::size_t> pages;
    for (std::string next = "-"; !next.empty();) {
      const Response page = world.admin("GET", next == "-" ? path : path + "?after=" + next);
      REQUIRE(page.status == 200);
      const boost::json::value body = page.json();
      pages.push_back(body.at("tokens").as_array().size());
      for (const auto& token : body.at("tokens").as_array()) {
        ids.insert(std::string(token.at("id").as_string()));
      }
      next = page.text("next");
    }
    CHECK((pages == std::vector<std::size_t>{1000, 1000, 500}));
    CHECK(ids.size() == count);
  }
  CHECK(world.admin("GET", "/admin/tenants/acme?limit=1").text("next").starts_with("tok_"));
  CHECK(world.admin("GET", "/admin/tenants/acme/tokens?after=byok_x").status == 400);
  for (int i = 0; i < 3; ++i) world.make_token("acme", "admin");
  CHECK(world.admin("GET", "/admin/tokens?limit=2").json().at("tokens").as_array().size() == 2);
}

TEST_CASE("a tenant that does not exist gets no token of any scope") {
  World world;
  for (const char* scope : {"full", "chat", "admin"}) {
    CAPTURE(scope);
    const Response refused = world.admin("POST", "/admin/tenants/nobody/tokens",
                                         std::string(R"({"scope":")") + scope + "\"}");
    CHECK(refused.status == 404);
    CHECK(refused.text("error") == "TENANT_NOT_FOUND");
  }
  CHECK(world.admin("GET", "/admin/tokens").body == R"({"tokens":[]})");
}

TEST_CASE("a query with a name that its path does not know is refused, and does nothing") {
  World world;
  const Tenant tenant = world.make_tenant("acme");
  const std::string key = R"({"apiKey":")" + make_key("sk-proj-") + "\"}";
  struct Case {
    std::string method;
    std::string target;
    std::string body;
    std::string says;
  };
  const Case cases[] = {
      {"PUT", "/ai/providers/openai?verify=1", key, "'verify' must be true or false"},
      {"PUT", "/ai/providers/openai?verfy=true", key, "did you mean 'verify'?"},
      {"PUT", "/ai/providers/openai/key?verify", key, "'verify' needs a value"},
      {"GET", "/ai/providers?verify=true", "", "takes nothing behind '?'"},
      {"GET", "/ai/usage?form=2026-01-01", "", "did you mean 'from'?"},
      {"POST", "/ai/chat?stream=true", chat_body("gpt-4o", "hi"), "takes nothing behind '?'"},
      {"GET", "/admin/tenants?limt=5", "", "did you mean 'limit'?"},
      {"DELETE", "/admin/tenants/acme?force=true", "", "takes nothing behind '?'"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    const Response refused = world.admin(c.method, c.target, c.body, "acme");
    CHECK(refused.status == 400);
    CHECK(refused.text("error") == "BAD_REQUEST");
    CHECK(refused.text("message").find(c.says) != std::string::npos);
  }
  CHECK(world.admin("GET", "/ai/providers", "", "acme").body == R"({"providers":[]})");
  CHECK(world.ask(tenant.token, "PUT", "/ai/providers/openai?verify=false", key).body ==
        R"({"provider":"openai","stored":true})");
  CHECK(call(world.byokd.tcp(), {.target = "/health?probe=1"}).status == 200);
  // Who may not ask is not told what may be asked.
  CHECK(world.ask("", "GET", "/admin/tenants?limt=5").status == 401);
}

TEST_CASE("health and readiness need no credential and tell nothing else") {
  World world;
  Response health = call(world.byokd.tcp(), {.target = "/health"});
  CHECK(health.status == 200);
  CHECK(health.body == R"({"status":"ok"})");
  CHECK(call(world.byokd.tcp(), {.target = "/ready"}).status == 200);
}

TEST_CASE("import does each line by itself, answers in order and may be repeated") {
  World world;
  const std::string key = make_key("sk-proj-");
  const std::string lines =
      R"({"tenant":"a","provider":"openai","apiKey":")" + key + "\"}\n" +
      R"({"tenant":"b","token":{"name":"app","scope":"full"}})" + "\n" +
      R"({"tenant":"Not A Tenant","provider":"openai","apiKey":"sk-0123456789"})" + "\n" +
      "no json\n" + R"({"tenant":"a","provider":"openai","apiKey":"short"})" + "\n" +
      R"({"tenant":"c"})" + "\n";
  auto import = [&] {
    Response response =
        call(world.byokd.socket(), {.method = "POST",
                                    .target = "/admin/import",
                                    .headers = {{"Content-Type", "application/x-ndjson"}},
                                    .body = lines});
    CHECK(response.status == 200);
    std::vector<Response> answers;
    std::istringstream in(response.body);
    for (std::string line; std::getline(in, line);) answers.push_back({.body = line});
    return answers;
  };
  auto first = import();
  REQUIRE(first.size() == 6);
  const char* errors[] = {"", "", "INVALID_TENANT", "INVALID_JSON", "INVALID_KEY", ""};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(first[i].body);
    CHECK(first[i].text("line") == std::to_string(i + 1));
    CHECK(first[i].text("error") == errors[i]);
    CHECK(first[i].text("ok") == (*errors[i] ? "false" : "true"));
  }
  const std::string token = first[1].text("token");
  CHECK(world.ask(token, "GET", "/ai/providers").status == 200);
  CHECK(world.admin("GET", "/ai/providers", "", "a").text("providers/0/maskedKey") ==
        "sk-pr..." + key.substr(key.size() - 3));
  const auto version = world.dek_version("a", "openai");

  auto second = import();
  REQUIRE(second.size() == 6);
  CHECK(second[0].text("ok") == "true");
  CHECK(world.dek_version("a", "openai") == version);
  CHECK(second[1].text("ok") == "true");
  CHECK(second[1].text("token") == "");
  CHECK(second[1].text("tokenId").starts_with("tok_"));
}

TEST_CASE("an import's answers number the lines of the file that it is a part of") {
  World world;
  const auto import = [&](const std::string& query) {
    return call(world.byokd.socket(), {.method = "POST",
                                       .target = "/admin/import" + query,
                                       .headers = {{"Content-Type", "application/x-ndjson"}},
                                       .body = "{\"tenant\":\"a\"}\n\n{\"tenant\":\"b\"}\n"});
  };
  CHECK(import("?firstLine=41").body ==
        "{\"line\":41,\"tenant\":\"a\",\"ok\":true}\n"
        "{\"line\":43,\"tenant\":\"b\",\"ok\":true}\n");
  for (const char* query : {"?firstLine=0", "?firstLine=-1", "?firstLine=x", "?line=2"}) {
    CHECK(import(query).status == 400);
  }
}

TEST_CASE("a client that waits for an import's answers before it sends on gets them") {
  World world;
  // One that fills what byokd reads at a time, and one that does not.
  for (const std::size_t size : {std::size_t{64 * 1024}, std::size_t{100}}) {
    std::string stretch = R"({"tenant":"a"})";
    stretch.resize(size, '\n');
    Connection client(world.byokd.socket());
    client.send({.method = "POST",
                 .target = "/admin/import",
                 .headers = {{"Content-Type", "application/x-ndjson"},
                             {"Content-Length", std::to_string(2 * size)}},
                 .body = ""});
    client.send_raw(stretch);
    CHECK(client.read_head().status == 200);
    auto first = client.read_piece();
    REQUIRE(first);
    CHECK(first->bytes.starts_with(R"({"line":1,)"));
    client.send_raw(stretch);
    auto second = client.read_piece();
    REQUIRE(second);
    CHECK(second->bytes.starts_with(R"({"line":)" + std::to_string(size - 13)));
    CHECK_FALSE(client.read_piece());
  }
}

TEST_CASE("an import answers a client that waits for it in the midst of a chunked body") {
  World world;
  Connection connection(world.byokd.socket());
  connection.send_raw(
      format_head("POST /admin/import HTTP/1.1", {{"Host", "localhost"},
                                                  {"Content-Type", "application/x-ndjson"},
                                                  {"Transfer-Encoding", "chunked"}}));
  for (const char* tenant : {"first", "second"}) {
    CAPTURE(tenant);
    connection.send_raw(format_chunk(std::string(R"({"tenant":")") + tenant + "\"}\n"));
    if (tenant == std::string("first")) REQUIRE(connection.read_head().status == 200);
    auto piece = connection.read_piece();
    REQUIRE(piece.has_value());
    CHECK(piece->bytes.find(tenant) != std::string::npos);
  }
  connection.send_raw(format_chunk(""));
  CHECK_FALSE(connection.read_piece().has_value());
}
