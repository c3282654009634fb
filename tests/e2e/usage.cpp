// What is told of the calls that were made: over every surface, to the tenant and to the operator.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::string no_calls = R"("usage":[]})";

struct Fixture {
  explicit Fixture(std::vector<std::string> settings = {}, Environment environment = {})
      : world(std::move(settings), std::move(environment)) {}

  World world;
  Tenant tenant = world.make_tenant("acme");

  void put_keys() {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
    world.put_key(tenant, "anthropic", make_key("sk-ant-"));
    world.put_key(tenant, "gemini", make_key("AQ."));
  }
  Response post(const std::string& path, const std::string& body, Headers headers = {}) {
    return world.ask(tenant.token, "POST", path, body, std::move(headers));
  }
  // Without the days.
  std::string usage(const std::string& query = "") {
    return rows(world.ask(tenant.token, "GET", "/ai/usage" + query));
  }
  std::string operators(const std::string& query = "") {
    return rows(world.admin("GET", "/admin/usage" + query));
  }
  static std::string rows(const Response& response) {
    CHECK(response.status == 200);
    const std::size_t begin = response.body.find("\"usage\":");
    return begin == std::string::npos ? response.body : response.body.substr(begin);
  }
};

// One element of the answer's list.
std::string line(const std::string& provider, const std::string& model, int requests, int in,
                 int out, int errors, const std::string& source = "tenant") {
  return R"({"provider":")" + provider + R"(","model":)" +
         (model.empty() ? "null" : "\"" + model + "\"") + R"(,"keySource":")" + source +
         R"(","requests":)" + std::to_string(requests) + R"(,"inputTokens":)" + std::to_string(in) +
         R"(,"outputTokens":)" + std::to_string(out) + R"(,"errors":)" + std::to_string(errors) +
         "}";
}

std::string list(const std::vector<std::string>& lines) {
  std::string text = "\"usage\":[";
  for (const std::string& each : lines) text += (text.back() == '[' ? "" : ",") + each;
  return text + "]}";
}

const std::string gemini_body = R"({"contents":[{"parts":[{"text":"hi"}]}]})";
const std::string message_body =
    R"({"model":"claude-sonnet-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";

}  // namespace

TEST_CASE("every surface counts its calls and tokens under the model that was asked for") {
  struct Case {
    std::string name, path, body, provider, model;
    int in = 11, out = 7;
    Headers headers{};
  };
  const std::string streamed_with_usage =
      R"({"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},)"
      R"("messages":[{"role":"user","content":"hi"}]})";
  const Headers versioned = {{"anthropic-version", "2023-06-01"}};
  const std::string gemini = "/v1beta/models/gemini-2.5-flash";
  const Case cases[] = {
      {"ai chat, openai", "/ai/chat", chat_body("gpt-4o", "hi"), "openai", "gpt-4o"},
      {"ai chat, streamed", "/ai/chat", chat_body("gpt-4o", "hi", true), "openai", "gpt-4o"},
      {"ai chat, anthropic", "/ai/chat", chat_body("anthropic/claude-sonnet-5", "hi"), "anthropic",
       "claude-sonnet-5"},
      {"ai embeddings", "/ai/embeddings", R"({"model":"text-embedding-3-small","input":"hi"})",
       "openai", "text-embedding-3-small", 11, 0},
      {"openai", "/v1/chat/completions", chat_body("gpt-4o", "hi"), "openai", "gpt-4o"},
      {"openai, with a prefix", "/v1/chat/completions", chat_body("openai/gpt-4o", "hi"), "openai",
       "gpt-4o"},
      {"openai, streamed", "/v1/chat/completions", streamed_with_usage, "openai", "gpt-4o"},
      {"openai, streamed without counts", "/v1/chat/completions", chat_body("gpt-4o", "hi", true),
       "openai", "gpt-4o", 0, 0},
      {"openai, by its own prefix", "/openai/v1/chat/completions", chat_body("gpt-4o", "hi"),
       "openai", "gpt-4o"},
      {"translated", "/v1/chat/completions", chat_body("gemini-2.5-flash", "hi"), "gemini",
       "gemini-2.5-flash"},
      {"translated, streamed", "/v1/chat/completions", chat_body("claude-sonnet-5", "hi", true),
       "anthropic", "claude-sonnet-5"},
      {"anthropic", "/v1/messages", message_body, "anthropic", "claude-sonnet-5", 11, 7, versioned},
      {"anthropic, counting only", "/v1/messages/count_tokens", message_body, "anthropic",
       "claude-sonnet-5", 0, 0, versioned},
      {"anthropic, streamed", "/v1/messages", R"({"stream":true,)" + message_body.substr(1),
       "anthropic", "claude-sonnet-5", 11, 7, versioned},
      {"gemini", gemini + ":generateContent", gemini_body, "gemini", "gemini-2.5-flash"},
      {"gemini, escaped", gemini + "%3AgenerateContent", gemini_body, "gemini", "gemini-2.5-flash"},
      {"gemini, streamed", gemini + ":streamGenerateContent?alt=sse", gemini_body, "gemini",
       "gemini-2.5-flash"},
      {"gemini, streamed as an array", gemini + ":streamGenerateContent", gemini_body, "gemini",
       "gemini-2.5-flash"},
      {"no model", "/v1/moderations", R"({"input":"hi"})", "openai", "", 0, 0},
  };
  Fixture f;
  f.world.fake.script(R"([{"match":"/v1/moderations","body":"{\"results\":[]}"}])");
  for (const Case& c : cases) {
    CAPTURE(c.name);
    f.tenant = f.world.make_tenant("t" + random_text(8));
    f.put_keys();
    CHECK(f.usage() == no_calls);
    CHECK(f.post(c.path, c.body, c.headers).status == 200);
    const int count = 1;
    CHECK(f.usage() == list({line(c.provider, c.model, count, c.in, c.out, 0)}));
  }
}

TEST_CASE("a large body that streams up is counted under its model too") {
  Fixture f;
  f.put_keys();
  const std::string body = R"({"max_tokens":9,"metadata":{"model":"not this one"},"model":)"
                           R"("claude-sonnet-5","messages":[{"role":"user","content":")" +
                           std::string(3'000'000, 'x') + "\"}]}";
  CHECK(f.post("/v1/messages", body, {{"anthropic-version", "2023-06-01"}}).status == 200);
  CHECK(f.usage() == list({line("anthropic", "claude-sonnet-5", 1, 11, 7, 0)}));
}

TEST_CASE("counts are read through the content codings that SDKs ask for") {
  Fixture f;
  f.put_keys();
  // {"usage":{"prompt_tokens":9}}
  f.world.fake.script(
      R"([{"match":"/v1/chat","times":1,"headers":{"Content-Type":)"
      R"("application/json","Content-Encoding":"gzip"},"body_base64":"H4sIAAAAAAACA6tWKi1OTE9VsqpWKijKzy0oiS/Jz07NK1aysqytBQBPZlDrHQAAAA=="},)"
      R"({"match":"/v1/chat","times":1,"headers":{"Content-Type":)"
      R"("application/json","Content-Encoding":"br"},"body_base64":"Cw6AeyJ1c2FnZSI6eyJwcm9tcHRfdG9rZW5zIjo5fX0D"}])");
  Response gzip = f.post("/v1/chat/completions", chat_body("gpt-4o", "hi"));
  CHECK(gzip.header("content-encoding") == "gzip");
  CHECK(gzip.body.starts_with("\x1f\x8b"));
  CHECK(f.usage() == list({line("openai", "gpt-4o", 1, 9, 0, 0)}));
  CHECK(f.post("/v1/chat/completions", chat_body("gpt-4o", "hi")).status == 200);
  CHECK(f.usage() == list({line("openai", "gpt-4o", 2, 18, 0, 0)}));
}

TEST_CASE("what fails is counted as failed, without names that no provider confirmed") {
  Fixture f({"workers=1"});
  f.put_keys();
  f.world.fake.script(
      R"([{"match":"/v1/chat","times":1,"status":404,"body":"{\"error\":{\"message\":\"no\"}}"},)"
      R"({"match":"/v1/chat","times":1,"status":200,"body":"<html>"},)"
      R"({"match":"/v1/chat","times":1,"chunks":3,"close_after_bytes":400},)"
      R"({"match":"/v1/chat","times":1,"status":500,"body":"{}"},)"
      R"({"match":"/v1/chat","times":1,"headers":{"content-type":"text/event-stream"},)"
      R"("body":"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"}])");
  const std::string pass = "/v1/chat/completions";
  CHECK(f.post(pass, chat_body("gpt-made-up", "hi")).status == 404);
  CHECK(f.usage() == list({line("openai", "other", 1, 0, 0, 1)}));
  CHECK(f.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 502);
  CHECK_THROWS(f.post(pass, chat_body("gpt-4o", "hi", true)));
  CHECK(f.post(pass, chat_body("gpt-4o", "hi")).status == 500);
  CHECK(f.post(pass, chat_body("gpt-4o", "hi", true)).status == 200);
  CHECK(f.usage() ==
        list({line("openai", "gpt-4o", 4, 0, 0, 4), line("openai", "other", 1, 0, 0, 1)}));
}

TEST_CASE("calls that never leave byokd are not counted") {
  Fixture f;
  CHECK(f.post("/v1/chat/completions", chat_body("gpt-4o", "hi")).status == 422);
  f.put_keys();
  CHECK(f.post("/v1/chat/completions", R"({"model":"nobody-knows"})").status == 400);
  CHECK(f.post("/ai/chat", "{").status == 400);
  CHECK(f.usage() == no_calls);
}

TEST_CASE("the operator sees of a tenant's own key how often it was used, and no more") {
  const Environment with_global = {{"ANTHROPIC_API_KEY", make_key("sk-ant-")}};
  Fixture f({}, with_global);
  f.world.put_key(f.tenant, "openai", make_key("sk-proj-"));
  for (const char* model : {"gpt-4o", "gpt-4o-mini", "claude-sonnet-5"}) {
    CHECK(f.post("/ai/chat", chat_body(model, "hi")).status == 200);
  }
  const std::string own =
      R"({"tenant":"acme","provider":"openai","keySource":"tenant","requests":2,"errors":0})";
  const std::string global = line("anthropic", "claude-sonnet-5", 1, 11, 7, 0, "global");
  CHECK(f.operators() == list({R"({"tenant":"acme",)" + global.substr(1), own}));
  // Not by acting for the tenant either.
  Response acting = f.world.admin("GET", "/ai/usage", "", "acme");
  CHECK(Fixture::rows(acting) ==
        list({global, R"({"provider":"openai","keySource":"tenant","requests":2,"errors":0})"}));
  // What is the operator's own is seen whole.
  f.world.admin("PUT", "/ai/providers/openai", R"({"apiKey":")" + make_key("sk-proj-") + "\"}");
  CHECK(f.world.admin("POST", "/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  CHECK(Fixture::rows(f.world.admin("GET", "/ai/usage")) ==
        list({line("openai", "gpt-4o", 1, 11, 7, 0)}));

  Fixture open({"usage.operator_sees_tokens=true"});
  open.put_keys();
  CHECK(open.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  CHECK(open.operators() ==
        list({R"({"tenant":"acme",)" + line("openai", "gpt-4o", 1, 11, 7, 0).substr(1)}));
}

TEST_CASE("tenants see their own usage alone, and a chat token none") {
  Fixture f;
  f.put_keys();
  CHECK(f.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  const Tenant other = f.world.make_tenant("acme2");
  CHECK(Fixture::rows(f.world.ask(other.token, "GET", "/ai/usage")) == no_calls);
  CHECK(f.world.ask(f.tenant.chat_token, "GET", "/ai/usage").status == 403);
  CHECK(f.world.ask(f.tenant.token, "GET", "/admin/usage").status == 403);
  CHECK(f.world.ask("", "GET", "/ai/usage").status == 401);
  // A deleted tenant's counts are gone, also for the next one of its name.
  CHECK(f.world.admin("DELETE", "/admin/tenants/acme").status == 200);
  f.tenant = f.world.make_tenant("acme");
  CHECK(f.usage() == no_calls);
}

TEST_CASE("the days are chosen by from and to") {
  Fixture f;
  f.put_keys();
  CHECK(f.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  const std::string today = list({line("openai", "gpt-4o", 1, 11, 7, 0)});
  CHECK(f.usage("?from=1970-01-01&to=9999-12-31") == today);
  CHECK(f.usage("?to=2026-01-01") == no_calls);
  CHECK(f.usage("?from=9999-01-01&to=9999-01-01") == no_calls);
  CHECK(f.world.ask(f.tenant.token, "GET", "/ai/usage?from=2026-06-01&to=2026-06-30")
            .body.starts_with(R"({"from":"2026-06-01","to":"2026-06-30",)"));
  for (const char* bad : {"?from=yesterday", "?from=2026-02-30", "?to=2026-6-1", "?to=20260601",
                          "?from=2026-06-02&to=2026-06-01", "?from=-001-01-01"}) {
    const std::string query = bad;
    CAPTURE(query);
    Response refused = f.world.ask(f.tenant.token, "GET", "/ai/usage" + query);
    CHECK(refused.status == 400);
    CHECK(refused.text("error") == "BAD_REQUEST");
  }
}

TEST_CASE("the operator's list comes by pages of tenants") {
  Fixture f;
  std::string seen;
  for (const char* name : {"t1", "t2", "t3"}) {
    f.tenant = f.world.make_tenant(name);
    f.put_keys();
    CHECK(f.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  }
  std::string after;
  for (int pages = 0; pages < 10; ++pages) {
    Response page = f.world.admin("GET", "/admin/usage?limit=2" + after);
    for (const char* name : {"t1", "t2", "t3"}) {
      if (page.body.find("\"tenant\":\"" + std::string(name)) != std::string::npos) seen += name;
    }
    if (page.body.find("\"next\"") == std::string::npos) break;
    after = "&after=" + page.text("next");
  }
  CHECK(seen == "t1t2t3");
  CHECK(f.world.admin("GET", "/admin/usage?limit=0").status == 400);
  CHECK(f.world.admin("GET", "/admin/usage?after=No%20id").status == 400);
}

TEST_CASE("what was counted outlives the daemon, and is there at once after a clean end") {
  Fixture f({"workers=2"});
  f.put_keys();
  for (int i = 0; i < 20; ++i) CHECK(f.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  f.world.byokd.restart();
  CHECK(f.usage() == list({line("openai", "gpt-4o", 20, 220, 140, 0)}));
  CHECK(f.post("/ai/chat", chat_body("gpt-4o", "hi")).status == 200);
  // Asking writes, so that no kill loses what was told.
  CHECK(f.usage() == list({line("openai", "gpt-4o", 21, 231, 147, 0)}));
  f.world.byokd.kill();
  f.world.byokd.start();
  CHECK(f.usage() == list({line("openai", "gpt-4o", 21, 231, 147, 0)}));
}

TEST_CASE("a client that leaves makes no error, and what was told until then counts") {
  Fixture f;
  f.put_keys();
  f.world.fake.script(R"([{"match":"/v1/messages","chunks":9,"stall_after_bytes":600}])");
  {
    Connection client(f.world.byokd.tcp());
    client.send({"POST", "/v1/messages",
                 bearer(f.tenant.token, {{"anthropic-version", "2023-06-01"}}),
                 R"({"stream":true,)" + message_body.substr(1)});
    CHECK(client.read_head().status == 200);
    CHECK(client.read_piece().has_value());
  }
  CHECK(eventually(
      [&] { return f.usage() == list({line("anthropic", "claude-sonnet-5", 1, 11, 1, 0)}); }));
}
