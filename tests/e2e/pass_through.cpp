// The paths that the providers' own clients call: what goes through unchanged, what is taken out,
// and whose shape byokd's own errors have there.
#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");
  std::string openai_key = make_key("sk-proj-");
  std::string anthropic_key = make_key("sk-ant-");
  std::string gemini_key = make_key("AQ.");

  Fixture() {
    world.put_key(tenant, "openai", openai_key);
    world.put_key(tenant, "anthropic", anthropic_key);
    world.put_key(tenant, "gemini", gemini_key);
  }
  // Sends with no header but those given, the caller's credential as Bearer.
  Response send(const std::string& method, const std::string& target, const std::string& body = "",
                Headers headers = {}) {
    headers.push_back({"Authorization", "Bearer " + tenant.token});
    return call(world.byokd.tcp(),
                {.method = method, .target = target, .headers = headers, .body = body});
  }
  // The one call that the provider saw since the last look.
  SeenCall seen() {
    auto calls = world.fake.calls();
    world.fake.forget_calls();
    REQUIRE(calls.size() == 1);
    return calls[0];
  }
};

const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})";
const std::string claude =
    R"({"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";

}  // namespace

TEST_CASE("each path goes to its provider with method, target and body unchanged") {
  struct Case {
    std::string_view name;
    std::string method;
    std::string target;
    std::string body;
    Headers headers;
    std::string provider;
    std::string upstream;  // the target that the provider sees
  };
  const std::string chat = "{\"model\" : \"gpt-4o\",\n \"messages\":[ ],\"x\":1.50}";
  const std::string g = "/v1beta/models/gemini-2.5-flash";
  const Headers version = {{"anthropic-version", "2023-06-01"}};
  const Case cases[] = {
      {"chat completions", "POST", "/v1/chat/completions", chat, {}, "openai", ""},
      {"responses", "POST", "/v1/responses", R"({"model":"gpt-4o","input":"x"})", {}, "openai", ""},
      {"embeddings",
       "POST",
       "/v1/embeddings",
       R"({"model":"text-embedding-3-small","input":"x"})",
       {},
       "openai",
       ""},
      {"OpenAI models", "GET", "/v1/models", "", {}, "openai", ""},
      {"one OpenAI model", "GET", "/v1/models/gpt-4o", "", {}, "openai", ""},
      {"unknown path",
       "POST",
       "/v1/vector_stores/vs_1/search?limit=5&x=%2F",
       "{}",
       {},
       "openai",
       ""},
      {"deleting", "DELETE", "/v1/files/file-1", "", {}, "openai", ""},
      {"messages", "POST", "/v1/messages", claude, version, "anthropic", ""},
      {"count tokens", "POST", "/v1/messages/count_tokens", claude, version, "anthropic", ""},
      {"message batches", "GET", "/v1/messages/batches?limit=1", "", version, "anthropic", ""},
      {"Anthropic models", "GET", "/v1/models?limit=1", "", version, "anthropic", ""},
      {"other Anthropic paths", "GET", "/v1/files", "", version, "anthropic", ""},
      {"generateContent", "POST", g + ":generateContent", contents, {}, "gemini", ""},
      {"stream", "POST", g + ":streamGenerateContent?alt=sse", contents, {}, "gemini", ""},
      {"v1 with a verb",
       "POST",
       "/v1/models/gemini-2.5-flash:countTokens",
       contents,
       {},
       "gemini",
       ""},
      {"escaped colon",
       "POST",
       "/v1/models/gemini-2.5-flash%3AcountTokens",
       contents,
       {},
       "gemini",
       ""},
      {"Gemini models", "GET", "/v1/models", "", {{"x-goog-api-client", "genai/3"}}, "gemini", ""},
      {"v1alpha", "GET", "/v1alpha/models?pageSize=3", "", {}, "gemini", ""},
      {"interactions", "POST", "/v1/interactions", "{}", {}, "gemini", ""},
      {"uploads", "POST", "/upload/v1beta/files", "xyz", {}, "gemini", ""},
      {"openai prefix", "GET", "/openai/v1/models?a=b", "", {}, "openai", "/v1/models?a=b"},
      {"anthropic prefix", "POST", "/anthropic/v1/messages", claude, version, "anthropic",
       "/v1/messages"},
      {"gemini prefix", "GET", "/gemini/v1beta/models", "", {}, "gemini", "/v1beta/models"},
  };
  Fixture f;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Response response = f.send(c.method, c.target, c.body, c.headers);
    CAPTURE(response.body);
    SeenCall seen = f.seen();
    CHECK(seen.method == c.method);
    CHECK(seen.target == (c.upstream.empty() ? c.target : c.upstream));
    CHECK(seen.body == c.body);
    const std::string& key = c.provider == "openai"      ? f.openai_key
                             : c.provider == "anthropic" ? f.anthropic_key
                                                         : f.gemini_key;
    CHECK(seen.key_sha256 == sha256_hex(key));
    CHECK(response.header("x-byok-provider") == c.provider);
    CHECK(response.header("x-byok-key-source") == "tenant");
    CHECK(response.header("x-byok-request-id").size() > 0);
  }
}

TEST_CASE("a provider gets its key in its own header, and never the caller's credential") {
  Fixture f;
  struct Case {
    const char* target;
    const char* header;
  };
  for (const Case& c :
       {Case{"/v1/chat/completions", "authorization"}, Case{"/v1/messages", "x-api-key"},
        Case{"/v1beta/models/gemini-2.5-flash:generateContent", "x-goog-api-key"}}) {
    CAPTURE(c.target);
    call(f.world.byokd.tcp(), {.method = "POST",
                               .target = c.target,
                               .headers = {{"Authorization", "Bearer " + f.tenant.token},
                                           {"x-api-key", f.tenant.token},
                                           {"x-goog-api-key", f.tenant.token},
                                           {"anthropic-version", "2023-06-01"}},
                               .body = R"({"model":"openai/x"})"});
    SeenCall seen = f.seen();
    for (std::string name : {"authorization", "x-api-key", "x-goog-api-key"}) {
      CAPTURE(name);
      CHECK(seen.has(name) == (name == std::string(c.header)));
    }
    for (const Header& header : seen.headers)
      CHECK(header.value.find("byok_") == std::string::npos);
  }
}

TEST_CASE("Gemini's query loses the caller's key and nothing else") {
  Fixture f;
  const std::string base = "/v1beta/models";
  struct Case {
    std::string query;
    std::string kept;
  };
  const std::string key = "key=" + f.tenant.token;
  for (const Case& c : {Case{"?" + key, ""}, Case{"?pageSize=2&" + key, "?pageSize=2"},
                        Case{"?" + key + "&pageSize=2", "?pageSize=2"},
                        Case{"?a=%20&" + key + "&b=+", "?a=%20&b=+"}}) {
    CAPTURE(c.query);
    CHECK(call(f.world.byokd.tcp(), {.target = base + c.query}).status == 200);
    CHECK(f.seen().target == base + c.kept);
  }
}

TEST_CASE("headers about the caller are taken out and every other one is kept") {
  Fixture f;
  const Headers removed = {{"Cookie", "a=b"},
                           {"Origin", "https://app.example"},
                           {"Sec-Fetch-Mode", "cors"},
                           {"Sec-Fetch-Site", "same-site"},
                           {"Accept-Language", "*"},
                           {"Proxy-Authorization", "Basic eDp5"},
                           {"Keep-Alive", "timeout=5"},
                           {"TE", "trailers"},
                           {"Forwarded", "for=1.2.3.4"},
                           {"X-Forwarded-For", "1.2.3.4"},
                           {"X-Forwarded-Host", "evil.example"},
                           {"Via", "1.1 somebody"},
                           {"X-Byok-Tenant", "acme"},
                           {"X-Byok-Anything", "1"},
                           {"X-Named-By-Connection", "1"}};
  const Headers kept = {{"User-Agent", "OpenAI/JS 7.57.0"},
                        {"Accept", "application/json"},
                        {"Accept-Encoding", "gzip, deflate"},
                        {"x-stainless-lang", "js"},
                        {"anthropic-beta", "a,b"},
                        {"x-goog-api-client", "genai-js/3"},
                        {"OpenAI-Organization", "org-mine"},
                        {"OpenAI-Project", "proj-mine"},
                        {"Idempotency-Key", "abc"},
                        {"Content-Type", "application/json; charset=utf-8"},
                        {"X-Strange.Name!", "a \t b"}};
  Headers all = removed;
  all.insert(all.end(), kept.begin(), kept.end());
  all.push_back({"Connection", "keep-alive, X-Named-By-Connection"});
  CHECK(f.send("POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"), all).status == 200);
  SeenCall seen = f.seen();
  for (const Header& header : removed) {
    CAPTURE(header.name);
    CHECK(!seen.has(header.name));
  }
  for (const Header& header : kept) {
    CAPTURE(header.name);
    CHECK(seen.header(header.name) == header.value);
  }
  CHECK(seen.header("host") == "127.0.0.1:" + std::to_string(f.world.fake.address().port));
}

TEST_CASE("a provider prefix inside model is cut out and the rest of the body kept") {
  Fixture f;
  const std::string before = "{ \"x\":\"model\", \"model\" : \"";
  const std::string after = "\" ,\"messages\":[],\"n\":1.0}";
  CHECK(f.send("POST", "/v1/chat/completions", before + "openai/gpt-4o" + after).status == 200);
  CHECK(f.seen().body == before + "gpt-4o" + after);
}

TEST_CASE("a provider's own errors pass unchanged") {
  Fixture f;
  const std::string body = R"({ "error" : {"message":"slow down","type":"x"} })";
  f.world.fake.script(R"([{"status":429,"headers":{"retry-after":"3","content-type":"text/weird",
      "x-ratelimit-reset-tokens":"6ms"},"body":"{ \"error\" : {\"message\":\"slow down\",\"type\":\"x\"} }"}])");
  Response response = f.send("POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"));
  CHECK(response.status == 429);
  CHECK(response.body == body);
  CHECK(response.header("retry-after") == "3");
  CHECK(response.header("content-type") == "text/weird");
  CHECK(response.header("x-ratelimit-reset-tokens") == "6ms");

  f.world.fake.script(R"([{"status":302,"headers":{"location":"http://127.0.0.1:1/"}}])");
  Response redirect = f.send("GET", "/v1/models");
  CHECK(redirect.status == 302);
}

TEST_CASE("byokd's own errors have the shape of the provider whose path was called") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  struct Case {
    std::string_view name;
    const char* target;
    std::string body;
    const char* member;
    const char* value;
  };
  const std::string gemini = "/v1beta/models/gemini-2.5-flash:generateContent";
  const Case no_key[] = {{"OpenAI", "/v1/chat/completions", chat_body("gpt-4o", "hi"), "error/code",
                          "no_provider_key"},
                         {"Anthropic", "/v1/messages", claude, "type", "error"},
                         {"Gemini", gemini.c_str(), contents, "error/code", "422"}};
  for (const Case& c : no_key) {
    CAPTURE(c.name);
    Headers headers{{"anthropic-version", "2023-06-01"}};
    Response response = world.ask(tenant.token, "POST", c.target, c.body, headers);
    CAPTURE(response.body);
    CHECK(response.status == 422);
    CHECK(response.text(c.member) == c.value);
    CHECK(response.text("error/message").size() > 10);
    Response unauthorized = world.ask("", "POST", c.target, c.body, headers);
    CHECK(unauthorized.status == 401);
    CHECK(unauthorized.text("error/message").size() > 10);
  }
  CHECK(world.fake.calls().empty());
}
