// Providers that the operator configured: any server that speaks one of the three formats, its
// models reached by its name.
#include <doctest/doctest.h>

#include "tests/e2e/reload_world.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::string said =
    R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})";

// A second provider beside the three, called `other`.
struct Fixture {
  explicit Fixture(const std::string& format, const std::string& path = "",
                   std::vector<std::string> settings = {})
      : world(with_other(other, format, path, std::move(settings))) {
    world.put_key(tenant, "other", key);
  }

  static std::vector<std::string> with_other(const FakeProvider& other, const std::string& format,
                                             const std::string& path,
                                             std::vector<std::string> settings) {
    settings.push_back("provider.other.base_url=" + other.base_url() + path);
    settings.push_back("provider.other.format=" + format);
    return settings;
  }
  Response ask(const std::string& path, const std::string& body, Headers headers = {}) {
    return world.ask(tenant.token, "POST", path, body, std::move(headers));
  }

  FakeProvider other;
  World world;
  Tenant tenant = world.make_tenant("acme");
  std::string key = make_key("sk-proj-");
};

}  // namespace

TEST_CASE("a server that speaks OpenAI's format is reached by its name, over every surface") {
  Fixture f("openai", "", {R"(models."llama-*"=other)"});
  CHECK(f.ask("/ai/chat", chat_body("other/llama-3", "hi")).text("text") == "fake reply to: hi");
  CHECK(f.ask("/ai/chat", chat_body("llama-3.1", "hi")).text("model") == "llama-3.1");
  for (const bool stream : {false, true}) {
    CAPTURE(stream);
    Response response =
        f.ask("/v1/chat/completions", chat_body("other/meta/llama-3:8b", "hi", stream));
    CHECK(response.status == 200);
    CHECK(response.header("x-byok-provider") == "other");
    CHECK(f.other.calls().back().body.find(R"("model":"meta/llama-3:8b")") != std::string::npos);
  }
  CHECK(f.ask("/other/v1/chat/completions", chat_body("llama-3", "hi")).status == 200);
  CHECK(f.ask("/v1/embeddings", R"({"model":"other/embed","input":"hi"})").status == 200);
  CHECK(f.ask("/ai/embeddings", R"({"model":"other/embed","input":"hi"})").status == 200);
  for (const SeenCall& call : f.other.calls()) {
    CAPTURE(call.target);
    CHECK(call.target.starts_with("/v1/"));
    CHECK(call.key_sha256 == sha256_hex(f.key));
  }
  CHECK(f.world.fake.calls().empty());
}

TEST_CASE("a base URL with a path of its own keeps it") {
  Fixture f("openai", "/openai");
  f.other.script(R"([{"times":9,"body":)" + said + "}]");
  CHECK(f.ask("/ai/chat", chat_body("other/llama-3", "hi")).text("text") == "hello");
  CHECK(f.ask("/v1/chat/completions", chat_body("other/llama-3", "hi")).status == 200);
  CHECK(f.ask("/other/v1/chat/completions?x=1", chat_body("llama-3", "hi")).status == 200);
  auto calls = f.other.calls();
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].target == "/openai/v1/chat/completions");
  CHECK(calls[1].target == "/openai/v1/chat/completions");
  CHECK(calls[2].target == "/openai/v1/chat/completions?x=1");
}

TEST_CASE("a header of another name holds the key alone, and the caller's own goes no further") {
  Fixture f("openai", "", {"provider.other.auth_header=api-key"});
  f.other.script(R"([{"times":9,"body":)" + said + "}]");
  for (const std::string path : {"/ai/chat", "/v1/chat/completions"}) {
    CAPTURE(path);
    CHECK(f.ask(path, chat_body("other/gpt-4o", "hi"), {{"Api-Key", "the caller's"}}).status ==
          200);
    const SeenCall call = f.other.calls().back();
    CHECK(call.header("api-key") == f.key);
    CHECK_FALSE(call.has("authorization"));
  }
}

TEST_CASE("servers of the other two formats are translated for") {
  Fixture anthropic("anthropic");
  Response message = anthropic.ask("/v1/chat/completions", chat_body("other/claude-x", "hi"));
  CHECK(message.text("choices/0/message/content") == "fake reply to: hi");
  CHECK(message.text("model") == "claude-x");
  CHECK(anthropic.other.calls().back().target == "/v1/messages");
  CHECK(anthropic
            .ask("/other/v1/messages",
                 R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})",
                 {{"anthropic-version", "2023-06-01"}})
            .status == 200);

  Fixture gemini("gemini");
  CHECK(gemini.ask("/ai/chat", chat_body("other/gemini-x", "hi")).text("text") ==
        "fake reply to: hi");
  CHECK(gemini.other.calls().back().target.find("/models/gemini-x:generateContent") !=
        std::string::npos);
}

TEST_CASE("a tenant's list of models names them so that they can be called") {
  Fixture f("openai");
  const std::string models = f.world.ask(f.tenant.token, "GET", "/ai/models").body;
  CHECK(models.find(R"({"id":"other/gpt-4o","provider":"other","keySource":"tenant"})") !=
        std::string::npos);
}

TEST_CASE("a key outlives the settings of its provider, and can be deleted") {
  World world;
  const Tenant tenant = world.make_tenant("acme");
  configure(world, "[provider.other]\nbase_url = \"" + world.fake.base_url() +
                       "\"\nformat = \"openai\"\n");
  REQUIRE(reload(world).status == 200);
  world.put_key(tenant, "other", make_key("sk-proj-"));
  configure(world, "");
  REQUIRE(reload(world).status == 200);
  const auto stored = [&] { return world.ask(tenant.token, "GET", "/ai/providers"); };
  CHECK(stored().text("providers/0/provider") == "other");

  const auto remove = [&](const std::string& provider) {
    return world.ask(tenant.token, "DELETE", "/ai/providers/" + provider);
  };
  CHECK(remove("other").body == R"({"provider":"other","deleted":true})");
  CHECK(stored().body == R"({"providers":[]})");
  for (const char* unknown : {"other", "opneai", "OpenAI"}) {
    CAPTURE(unknown);
    CHECK(remove(unknown).text("error") == "UNKNOWN_PROVIDER");
  }
  CHECK(remove("openai").text("error") == "KEY_NOT_FOUND");
}

TEST_CASE("a server that wants no key of a tenant's is called with the operator's") {
  const std::string global = make_key("sk-proj-");
  FakeProvider other;
  World world({"provider.local.base_url=" + other.base_url(), "provider.local.format=openai",
               "provider.local.global_key=env:LOCAL_KEY"},
              {{"LOCAL_KEY", global}});
  const Tenant tenant = world.make_tenant("acme");
  Response response =
      world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("local/llama-3", "hi"));
  CHECK(response.status == 200);
  CHECK(response.header("x-byok-key-source") == "global");
  CHECK(other.calls().back().key_sha256 == sha256_hex(global));
}
