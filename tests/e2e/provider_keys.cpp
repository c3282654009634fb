// A tenant's provider keys over their whole life: stored, listed, verified, rotated, deleted.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace json = boost::json;

namespace {

std::string body_with(const std::string& key) {
  return json::serialize(json::object{{"apiKey", key}});
}

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");

  Response ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return world.ask(tenant.token, method, target, body);
  }
  Response put(const std::string& key, const std::string& target = "/ai/providers/openai") {
    return ask("PUT", target, body_with(key));
  }
  // A member of the first listed key, or the empty string where none is stored.
  std::string listed(const std::string& member) {
    return ask("GET", "/ai/providers").text("providers/0/" + member);
  }
  // The digest of the key that a chat goes out with.
  std::string used_key() {
    return ask("POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"))
        .header("x-fake-key-sha256");
  }
};

}  // namespace

TEST_CASE("a stored key is used, listed masked, rotated, replaced and deleted") {
  Fixture f;
  const std::string key = make_key("sk-proj-");

  Response stored = f.put(key);
  CHECK(stored.status == 200);
  CHECK(stored.body == R"({"provider":"openai","stored":true})");
  CHECK(stored.header("content-type").starts_with("application/json"));
  CHECK(f.listed("maskedKey") == "sk-pr..." + key.substr(key.size() - 3));
  CHECK(f.listed("status") == "active");
  CHECK(f.used_key() == sha256_hex(key));

  Response rotated = f.ask("POST", "/ai/providers/openai/rotate");
  CHECK(rotated.status == 200);
  CHECK(f.listed("rotatedAt") == rotated.text("rotatedAt"));
  CHECK(f.used_key() == sha256_hex(key));

  const std::string newer = make_key("sk-proj-");
  CHECK(f.ask("POST", "/ai/providers/openai/rotate", body_with(newer)).status == 200);
  CHECK(f.used_key() == sha256_hex(newer));

  Response deleted = f.ask("DELETE", "/ai/providers/openai");
  CHECK(deleted.status == 200);
  CHECK(deleted.body == R"({"provider":"openai","deleted":true})");
  CHECK(f.ask("GET", "/ai/providers").body == R"({"providers":[]})");
}

TEST_CASE("a key that is not stored cannot be rotated or deleted") {
  Fixture f;
  for (auto [method, target] : {std::pair{"POST", "/ai/providers/openai/rotate"},
                                std::pair{"DELETE", "/ai/providers/openai"}}) {
    CAPTURE(target);
    Response response = f.ask(method, target);
    CHECK(response.status == 404);
    CHECK(response.text("error") == "KEY_NOT_FOUND");
  }
}

TEST_CASE("the aliases of path and field mean the same") {
  Fixture f;
  const std::string key = make_key("sk-proj-");
  CHECK(f.put(key, "/ai/providers/openai/key").body == R"({"provider":"openai","stored":true})");
  CHECK(f.used_key() == sha256_hex(key));
  CHECK(f.ask("DELETE", "/ai/providers/openai/key").body ==
        R"({"provider":"openai","deleted":true})");

  const std::string other = make_key("sk-proj-");
  CHECK(f.ask("PUT", "/ai/providers/openai", "{\"key\":\"" + other + "\"}").status == 200);
  CHECK(f.used_key() == sha256_hex(other));
}

TEST_CASE("whitespace around a key is trimmed") {
  Fixture f;
  const std::string key = make_key("sk-proj-");
  CHECK(f.put(" \t" + key + "\r\n").status == 200);
  CHECK(f.used_key() == sha256_hex(key));
}

TEST_CASE("a mask shows the ends of long keys and nothing of short ones") {
  struct Case {
    std::string_view name;
    std::string key;
    std::string mask;
  };
  const Case cases[] = {{"shortest", "abcdefgh", "..."},
                        {"15 characters", "abcdefghijklmno", "..."},
                        {"16 characters", "abcdefghijklmnop", "abcde...nop"},
                        {"a real one", "sk-proj-your-openai-key", "sk-pr...key"},
                        {"longest", std::string(4096, 'x'), "xxxxx...xxx"}};
  Fixture f;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(f.put(c.key).status == 200);
    CHECK(f.listed("maskedKey") == c.mask);
  }
}

TEST_CASE("what is no key is refused, not stored and not repeated") {
  const std::string canary = random_text(20);
  struct Case {
    std::string_view name;
    std::string body;
    std::string code;
  };
  const Case cases[] = {
      {"too short", body_with("7" + canary.substr(0, 6)), "INVALID_KEY"},
      {"too long", body_with(canary + std::string(4077, 'x')), "INVALID_KEY"},
      {"empty", body_with(""), "INVALID_KEY"},
      {"only whitespace", body_with("          "), "INVALID_KEY"},
      {"a space inside", body_with(canary + " " + canary), "INVALID_KEY"},
      {"a line break inside", body_with(canary + "\n" + canary), "INVALID_KEY"},
      {"a NUL inside", body_with(canary + std::string(1, '\0') + canary), "INVALID_KEY"},
      {"not ASCII", body_with(canary + "\xc3\xa9"), "INVALID_KEY"},
      {"broken JSON", R"({"apiKey":")" + canary, "INVALID_JSON"},
      {"no JSON", canary, "INVALID_JSON"}};
  Fixture f;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Response response = f.ask("PUT", "/ai/providers/openai", c.body);
    CHECK(response.status == 400);
    CHECK(response.text("error") == c.code);
    CHECK(response.body.find(canary.substr(0, 6)) == response.body.npos);
  }
  for (std::string body : {R"({})", R"([])", R"({"apiKey":12345678})", R"({"apiKey":null})"}) {
    CAPTURE(body);
    CHECK(f.ask("PUT", "/ai/providers/openai", body).status == 400);
  }
  CHECK(f.ask("GET", "/ai/providers").body == R"({"providers":[]})");
  CHECK(f.world.byokd.log().find(canary.substr(0, 6)) == std::string::npos);
}

TEST_CASE("errors name their code, say what to do and carry the request's id") {
  Fixture f;
  Response response = f.ask("PUT", "/ai/providers/nosuch", body_with(make_key("sk-")));
  CHECK(response.status == 400);
  CHECK(response.text("error") == "UNKNOWN_PROVIDER");
  CHECK(response.text("message").size() > 10);
  CHECK(response.text("requestId").size() > 0);
  CHECK(response.text("requestId") == response.header("x-byok-request-id"));

  Response method = f.ask("PATCH", "/ai/providers/openai", "{}");
  CHECK(method.status == 405);
  CHECK(method.text("error") == "METHOD_NOT_ALLOWED");
  CHECK(method.header("allow").find("PUT") != std::string::npos);
  CHECK(method.header("allow").find("DELETE") != std::string::npos);
  CHECK(f.ask("GET", "/ai/nosuch").text("error") == "NOT_FOUND");
}

TEST_CASE("a verified key is stored only where the provider does not refuse it") {
  struct Case {
    std::string_view name;
    const char* provider;
    const char* key;
    int status;
    const char* found;  // the error, or `verified`
  };
  const Case cases[] = {{"OpenAI takes it", "openai", "sk-proj-", 200, "true"},
                        {"OpenAI refuses it", "openai", "sk-proj-bad-", 422, "KEY_REJECTED"},
                        {"OpenAI limits it", "openai", "sk-proj-limited-", 200, "restricted"},
                        {"Anthropic takes it", "anthropic", "sk-ant-", 200, "true"},
                        {"Anthropic refuses it", "anthropic", "sk-ant-bad-", 422, "KEY_REJECTED"},
                        {"Anthropic limits it", "anthropic", "sk-ant-limited-", 200, "restricted"},
                        {"Gemini takes it", "gemini", "AQ.", 200, "true"},
                        {"Gemini refuses it", "gemini", "AQ.-bad-", 422, "KEY_REJECTED"},
                        {"Gemini limits it", "gemini", "AQ.-limited-", 200, "restricted"}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    const std::string key = make_key(c.key);
    Response response = f.put(key, std::string("/ai/providers/") + c.provider + "?verify=true");
    CHECK(response.status == c.status);
    CHECK(response.text(c.status == 200 ? "verified" : "error") == c.found);
    CHECK((f.listed("maskedKey") != "") == (c.status == 200));
    auto calls = f.world.fake.calls();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].method == "GET");
    CHECK(calls[0].key_sha256 == sha256_hex(key));
    if (c.status == 200 && c.found == std::string("restricted")) {
      CHECK(f.listed("status") == "restricted");
    }
  }
}

TEST_CASE("a key that replaces another at a rotation is verified where asked, as a first one") {
  Fixture f;
  const std::string key = make_key("sk-proj-");
  const std::string rotate = "/ai/providers/openai/rotate?verify=true";
  f.put(key);
  CHECK(f.ask("POST", rotate).text("error") == "BAD_REQUEST");
  CHECK(f.ask("POST", rotate, body_with(make_key("sk-proj-bad-"))).text("error") == "KEY_REJECTED");
  f.world.fake.script(R"([{"status":503,"body":"down"}])");
  CHECK(f.ask("POST", rotate, body_with(make_key("sk-proj-"))).text("error") ==
        "PROVIDER_UNREACHABLE");
  f.world.fake.forget_script();
  CHECK(f.listed("rotatedAt") == "null");
  CHECK(f.used_key() == sha256_hex(key));

  const std::string limited = make_key("sk-proj-limited-");
  const Response rotated = f.ask("POST", rotate, body_with(limited));
  CHECK(rotated.body == R"({"provider":"openai","rotatedAt":")" + rotated.text("rotatedAt") +
                            R"(","verified":"restricted"})");
  CHECK(f.listed("status") == "restricted");
  CHECK(f.listed("rotatedAt") == rotated.text("rotatedAt"));
  CHECK(f.ask("POST", rotate, body_with(make_key("sk-proj-"))).text("verified") == "true");
  CHECK(f.listed("status") == "active");
}

TEST_CASE("a provider that gives no clear answer leaves a key unverified and unstored") {
  Fixture f;
  for (std::string script : {R"([{"status":429,"body":{}}])", R"([{"status":503,"body":"down"}])",
                             R"([{"reset":true,"times":9}])"}) {
    CAPTURE(script);
    f.world.fake.script(script);
    Response response = f.put(make_key("sk-proj-"), "/ai/providers/openai?verify=true");
    CHECK(response.status == 502);
    CHECK(response.text("error") == "PROVIDER_UNREACHABLE");
    CHECK(f.ask("GET", "/ai/providers").body == R"({"providers":[]})");
    f.world.fake.forget_script();
  }
}
