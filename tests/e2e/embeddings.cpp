// Embeddings through byokd's own surface and OpenAI's, from both providers that have them.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");

  Fixture() {
    put("openai", make_key("sk-proj-"));
    put("gemini", make_key("AQ."));
  }
  void put(const std::string& provider, const std::string& key) {
    world.put_key(tenant, provider, key);
  }
  Response ask(const std::string& method, const std::string& path, const std::string& body) {
    return world.ask(tenant.token, method, path, body);
  }
};

}  // namespace

TEST_CASE("each surface gives each provider's embeddings in its own shape") {
  struct Case {
    std::string path, request, answer;
  };
  const Case cases[] = {
      {"/ai/embeddings", R"({"model":"text-embedding-3-small","input":["a","b"]})",
       R"({"embeddings":[[0.5,-1,2],[0.5,-1,2]],"model":"text-embedding-3-small","inputTokens":11})"},
      {"/ai/embeddings", R"({"model":"gemini/gemini-embedding-001","input":"a"})",
       R"({"embeddings":[[0.5,-1,2]],"model":"gemini-embedding-001","inputTokens":0})"},
      {"/v1/embeddings",
       R"({"model":"gemini-embedding-001","input":"a","encoding_format":"base64"})",
       R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8AAABA"}],"model":"gemini-embedding-001","usage":{"prompt_tokens":0,"total_tokens":0}})"},
  };
  Fixture f;
  for (const Case& c : cases) {
    CAPTURE(c.request);
    Response response = f.ask("POST", c.path, c.request);
    CHECK(response.status == 200);
    CHECK(response.body == c.answer);
    CHECK(response.header("x-byok-key-source") == "tenant");
  }
}

TEST_CASE("embeddings that cannot be had are refused in the surface's own words") {
  Fixture f;
  f.put("anthropic", make_key("sk-ant-"));
  std::size_t before = f.world.fake.calls().size();
  Response none = f.ask("POST", "/ai/embeddings", R"({"model":"claude-sonnet-5","input":"a"})");
  CHECK(none.status == 400);
  CHECK(none.text("error") == "UNSUPPORTED_PARAMETER");
  Response shaped = f.ask("POST", "/v1/embeddings", R"({"model":"claude-sonnet-5","input":"a"})");
  CHECK(shaped.status == 400);
  CHECK(shaped.text("error/param") == "model");
  Response tokens =
      f.ask("POST", "/v1/embeddings", R"({"model":"gemini-embedding-001","input":[1,2]})");
  CHECK(tokens.status == 400);
  CHECK(tokens.text("error/param") == "input[0]");
  CHECK(f.world.fake.calls().size() == before);

  f.world.fake.script(
      R"([{"status":429,"headers":{"retry-after":"9"},"body":{"error":{"message":"slow","status":"RESOURCE_EXHAUSTED"}},"times":2}])");
  Response own = f.ask("POST", "/ai/embeddings", R"({"model":"gemini-embedding-001","input":"a"})");
  CHECK(own.status == 429);
  CHECK(own.text("error") == "RATE_LIMITED");
  CHECK(own.header("retry-after") == "9");
  Response openai =
      f.ask("POST", "/v1/embeddings", R"({"model":"gemini-embedding-001","input":"a"})");
  CHECK(openai.status == 429);
  CHECK(openai.text("error/code") == "rate_limit_exceeded");
  CHECK(openai.header("retry-after") == "9");
}
