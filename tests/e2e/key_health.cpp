// What is told of a stored key after calls with it.
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
  std::string status() {
    return world.ask(tenant.token, "GET", "/ai/providers").text("providers/0/status");
  }
  bool becomes(const std::string& wanted) {
    return eventually([&] { return status() == wanted; });
  }
  int call(const std::string& path, const std::string& model) {
    const std::string body = R"({"model":")" + model +
                             R"(","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";
    Headers headers;
    if (path == "/v1/messages") headers.emplace_back("anthropic-version", "2023-06-01");
    if (path.find(":generateContent") != path.npos) {
      return world
          .ask(tenant.token, "POST", path, R"({"contents":[{"parts":[{"text":"hi"}]}]})", headers)
          .status;
    }
    return world.ask(tenant.token, "POST", path, body, headers).status;
  }
};

}  // namespace

TEST_CASE("a key that its provider refuses is shown as rejected, until the provider takes one") {
  struct Case {
    std::string provider, refused, taken, path, model;
  };
  const std::string gemini_path = "/v1beta/models/gemini-2.5-flash:generateContent";
  const Case cases[] = {
      {"openai", "sk-proj-bad-", "sk-proj-", "/v1/chat/completions", "gpt-4o"},
      {"openai", "sk-proj-bad-", "sk-proj-", "/ai/chat", "gpt-4o"},
      {"anthropic", "sk-ant-bad-", "sk-ant-", "/v1/messages", "claude-sonnet-5"},
      {"anthropic", "sk-ant-bad-", "sk-ant-", "/v1/chat/completions", "claude-sonnet-5"},
      {"gemini", "AQ.-bad-", "AQ.", gemini_path, "gemini-2.5-flash"},
      {"gemini", "AQ.-bad-", "AQ.", "/v1/chat/completions", "gemini-2.5-flash"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.provider);
    CAPTURE(c.path);
    Fixture f;
    f.put(c.provider, make_key(c.refused));
    CHECK(f.status() == "active");
    CHECK(f.call(c.path, c.model) >= 400);
    CHECK(f.becomes("rejected"));
    f.put(c.provider, make_key(c.taken));
    CHECK(f.status() == "active");
    CHECK(f.call(c.path, c.model) == 200);
    CHECK(f.status() == "active");
  }
}

TEST_CASE("a refusal that says nothing of the key, and one of a replaced key, change nothing") {
  Fixture f;
  f.put("openai", make_key("sk-proj-"));
  for (std::string script : {R"([{"status":400,"body":{"error":{"message":"no","code":"x"}}}])",
                             R"([{"status":401,"body":"<html>a portal</html>"}])",
                             R"([{"status":429,"body":{"error":{"message":"slow"}}}])",
                             R"([{"status":500,"body":"down"}])"}) {
    CAPTURE(script);
    f.world.fake.script(script);
    CHECK(f.call("/v1/chat/completions", "gpt-4o") >= 400);
    f.world.fake.forget_script();
  }
  // A key that is known to be refused comes behind them in the notes: the others are written then.
  CHECK(f.status() == "active");
  f.put("anthropic", make_key("sk-ant-bad-"));
  CHECK(f.call("/v1/messages", "claude-sonnet-5") == 401);
  CHECK(eventually([&] {
    Response list = f.world.ask(f.tenant.token, "GET", "/ai/providers");
    return list.body.find("rejected") != std::string::npos;
  }));
  Response list = f.world.ask(f.tenant.token, "GET", "/ai/providers");
  CHECK(list.text("providers/0/provider") + list.text("providers/0/status") +
            list.text("providers/1/provider") + list.text("providers/1/status") ==
        "openaiactiveanthropicrejected");
}

TEST_CASE("a verification writes down what it finds, in both directions") {
  Fixture f;
  const std::string verify = "/ai/providers/openai/verify";
  f.put("openai", make_key("sk-proj-bad-"));
  CHECK(f.world.ask(f.tenant.token, "POST", verify).text("status") == "rejected");
  CHECK(f.status() == "rejected");
  f.world.fake.script(R"([{"status":200,"body":{"object":"list","data":[]}}])");
  CHECK(f.world.ask(f.tenant.token, "POST", verify).text("status") == "valid");
  CHECK(f.status() == "active");
  f.world.fake.script(R"([{"status":503,"body":"down"}])");
  CHECK(f.world.ask(f.tenant.token, "POST", verify).text("status") == "unknown");
  CHECK(f.status() == "active");
}

TEST_CASE("a call's refusal counts again after a verification that went well") {
  Fixture f;
  f.put("openai", make_key("sk-proj-bad-"));
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    CHECK(f.call("/v1/chat/completions", "gpt-4o") == 401);
    // And one that is not written yet does not come after it.
    if (round > 0) CHECK(f.becomes("rejected"));
    f.world.fake.script(R"([{"status":200,"body":{"object":"list","data":[]}}])");
    CHECK(f.world.ask(f.tenant.token, "POST", "/ai/providers/openai/verify").text("status") ==
          "valid");
    f.world.fake.forget_script();
    CHECK(f.status() == "active");
    // What comes behind it in the notes is written then.
    f.put("anthropic", make_key("sk-ant-bad-"));
    CHECK(f.call("/v1/messages", "claude-sonnet-5") == 401);
    CHECK(eventually([&] {
      return f.world.ask(f.tenant.token, "GET", "/ai/providers").text("providers/1/status") ==
             "rejected";
    }));
    CHECK(f.world.ask(f.tenant.token, "GET", "/ai/providers").text("providers/0/status") ==
          "active");
    CHECK(f.world.ask(f.tenant.token, "DELETE", "/ai/providers/anthropic").status == 200);
  }
}

TEST_CASE("a provider's wish to be left alone for a while reaches the caller of /ai/chat") {
  Fixture f;
  f.put("openai", make_key("sk-proj-"));
  f.world.fake.script(
      R"([{"status":429,"headers":{"retry-after":"17"},"body":{"error":{"message":"slow"}}}])");
  Response refused =
      f.world.ask(f.tenant.token, "POST", "/ai/chat",
                  R"({"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]})");
  CHECK(refused.status == 429);
  CHECK(refused.text("error") == "RATE_LIMITED");
  CHECK(refused.header("retry-after") == "17");
}
