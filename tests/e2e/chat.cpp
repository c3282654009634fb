// POST /ai/chat for models of all three providers, whole and streamed.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace json = boost::json;

namespace {

struct Model {
  const char* provider;
  std::string_view name;
  const char* key;
};
const Model models[] = {{"openai", "gpt-4o", "sk-proj-"},
                        {"anthropic", "claude-sonnet-4-5", "sk-ant-"},
                        {"gemini", "gemini-2.5-flash", "AQ."}};

// The member at `path` of what the provider was sent, as Response::text gives it.
std::string sent(const World& world, std::string_view path) {
  auto calls = world.fake.calls();
  return calls.empty() ? "" : Response{.body = calls.back().body}.text(path);
}

std::string with(const std::string& body, const json::object& more) {
  json::object out = json::parse(body).as_object();
  for (const auto& member : more) out[member.key()] = member.value();
  return json::serialize(out);
}

}  // namespace

TEST_CASE("a chat answers alike whichever provider has the model") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  for (const Model& model : models) {
    CAPTURE(model.provider);
    const std::string key = make_key(model.key);
    world.put_key(tenant, model.provider, key);
    world.fake.forget_calls();
    Response response =
        world.ask(tenant.chat_token, "POST", "/ai/chat", chat_body(model.name, "hello there"));
    CAPTURE(response.body);
    CHECK(response.status == 200);
    CHECK(response.text("text") == "fake reply to: hello there");
    CHECK(response.text("choices/0/message/role") == "assistant");
    CHECK(response.text("choices/0/message/content") == "fake reply to: hello there");
    CHECK(response.text("choices/0/finish_reason") == "stop");
    CHECK(response.text("provider") == model.provider);
    CHECK(response.text("model") == model.name);
    CHECK(response.text("keySource") == "tenant");
    CHECK(response.text("inputTokens") == "11");
    CHECK(response.text("outputTokens") == "7");
    CHECK(response.text("usage") ==
          R"({"prompt_tokens":11,"completion_tokens":7,"total_tokens":18})");
    CHECK(response.text("logId").size() > 0);
    CHECK(response.text("logId") == response.header("x-byok-request-id"));
    auto calls = world.fake.calls();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].key_sha256 == sha256_hex(key));
  }
}

TEST_CASE("a streamed chat gives the same text in deltas and ends with its account") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  for (const Model& model : models) {
    CAPTURE(model.provider);
    world.put_key(tenant, model.provider, make_key(model.key));
    Response response =
        world.ask(tenant.token, "POST", "/ai/chat", chat_body(model.name, "one two three", true));
    CHECK(response.status == 200);
    CHECK(response.header("content-type").starts_with("text/event-stream"));
    auto events = events_of(response.body);
    CAPTURE(response.body);
    REQUIRE(events.size() > 2);
    std::string text;
    for (std::size_t i = 0; i + 1 < events.size(); ++i) {
      Response event{.body = events[i]};
      CHECK(event.text("done") == "false");
      text += event.text("delta/content");
    }
    CHECK(text == "fake reply to: one two three");
    Response last{.body = events.back()};
    CHECK(last.text("done") == "true");
    CHECK(last.text("provider") == model.provider);
    CHECK(last.text("model") == model.name);
    CHECK(last.text("keySource") == "tenant");
    CHECK(last.text("inputTokens") == "11");
    CHECK(last.text("outputTokens") == "7");
    CHECK(last.text("finishReason") == "stop");
    CHECK(last.text("logId") == response.header("x-byok-request-id"));
  }
}

TEST_CASE("a message that cannot be sent is named by the number that the caller gave it") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "anthropic", make_key("sk-ant-"));
  Response refused = world.ask(
      tenant.token, "POST", "/ai/chat",
      R"({"model":"claude-sonnet-4-5","systemPrompt":"s","messages":[{"role":"user","content":"q"},)"
      R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]}]})");
  CHECK(refused.status == 400);
  CHECK(refused.text("message").find("messages[1].content") != std::string::npos);
  CHECK(world.fake.calls().empty());
}

TEST_CASE("a spent quota is told as one that waiting does not mend") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  struct Case {
    const char* code;
    const char* should_retry;
  };
  for (const Case& c : {Case{"insufficient_quota", "false"}, Case{"rate_limit_exceeded", ""}}) {
    CAPTURE(c.code);
    world.fake.script(std::string(R"([{"status":429,"body":{"error":{"message":"no","type":"x",)") +
                      R"("param":null,"code":")" + c.code + R"("}}}])");
    const Response refused = world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi"));
    CHECK(refused.status == 429);
    CHECK(refused.text("error") == "RATE_LIMITED");
    CHECK(refused.header("x-should-retry") == c.should_retry);
  }
}

TEST_CASE("system prompt and common parameters reach each provider in its own words") {
  struct Case {
    const Model& model;
    const char* path;
    const char* value;
  };
  const Case cases[] = {{models[0], "messages/0/content", "be brief"},
                        {models[0], "temperature", "5E-1"},
                        {models[0], "max_tokens", "99"},
                        {models[1], "system", "be brief"},
                        {models[1], "temperature", "5E-1"},
                        {models[1], "max_tokens", "99"},
                        {models[1], "stop_sequences/0", "END"},
                        {models[2], "systemInstruction/parts/0/text", "be brief"},
                        {models[2], "generationConfig/temperature", "5E-1"},
                        {models[2], "generationConfig/maxOutputTokens", "99"},
                        {models[2], "generationConfig/stopSequences/0", "END"}};
  World world;
  Tenant tenant = world.make_tenant("acme");
  for (const Model& model : models) world.put_key(tenant, model.provider, make_key(model.key));
  for (const Case& c : cases) {
    CAPTURE(c.model.name);
    CAPTURE(c.path);
    std::string body = with(chat_body(c.model.name, "hi"), {{"systemPrompt", "be brief"},
                                                            {"temperature", 0.5},
                                                            {"maxTokens", 99},
                                                            {"stop", json::array{"END"}}});
    CHECK(world.ask(tenant.token, "POST", "/ai/chat", body).status == 200);
    CHECK(sent(world, c.path) == c.value);
  }
}

TEST_CASE("a model's provider is found by prefix, by name, or not at all") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  for (const Model& model : models) world.put_key(tenant, model.provider, make_key(model.key));
  struct Case {
    const char* model;
    const char* provider;  // or the error
  };
  const Case cases[] = {{"openai/some-model", "openai"},    {"anthropic/some-model", "anthropic"},
                        {"gemini/some-model", "gemini"},    {"o3-mini", "openai"},
                        {"chatgpt-4o-latest", "openai"},    {"gemma-3-27b-it", "gemini"},
                        {"CLAUDE-sonnet-4-5", "anthropic"}, {"llama-4", "UNKNOWN_MODEL"},
                        {"nosuch/gpt-4o", "UNKNOWN_MODEL"}};
  for (const Case& c : cases) {
    CAPTURE(c.model);
    Response response = world.ask(tenant.token, "POST", "/ai/chat", chat_body(c.model, "hi"));
    CAPTURE(response.body);
    CHECK(response.text(response.status == 200 ? "provider" : "error") == c.provider);
  }
}

TEST_CASE("without a key of its own a tenant uses the operator's, unless it may not") {
  const std::string global = make_key("sk-global-");
  World world({}, {{"OPENAI_API_KEY", global}});
  Tenant tenant = world.make_tenant("acme");
  Tenant strict = world.make_tenant("strict", R"(,"globalFallback":false)");
  auto chat = [&](const Tenant& who, const char* model) {
    return world.ask(who.token, "POST", "/ai/chat", chat_body(model, "hi"));
  };
  Response response = chat(tenant, "gpt-4o");
  CHECK(response.status == 200);
  CHECK(response.text("keySource") == "global");
  CHECK(world.fake.calls().back().key_sha256 == sha256_hex(global));

  const std::string own = make_key("sk-proj-");
  world.put_key(tenant, "openai", own);
  CHECK(chat(tenant, "gpt-4o").text("keySource") == "tenant");
  CHECK(world.fake.calls().back().key_sha256 == sha256_hex(own));

  world.fake.forget_calls();
  for (const Response& refused : {chat(strict, "gpt-4o"), chat(tenant, "claude-sonnet-4-5")}) {
    CHECK(refused.status == 422);
    CHECK(refused.text("error") == "NO_PROVIDER_KEY");
  }
  CHECK(world.fake.calls().empty());
}

TEST_CASE("a chat that cannot be understood or translated is refused, and nobody is called") {
  World world;
  Tenant tenant = world.make_tenant("acme");
  for (const Model& model : models) world.put_key(tenant, model.provider, make_key(model.key));
  const std::string claude = chat_body("claude-sonnet-4-5", "hi");
  struct Case {
    std::string_view name;
    std::string body;
    const char* code;
  };
  const Case cases[] = {
      {"broken JSON", "{", "INVALID_JSON"},
      {"not an object", "[]", "BAD_REQUEST"},
      {"no messages", R"({"model":"gpt-4o"})", "BAD_REQUEST"},
      {"messages no array", R"({"model":"gpt-4o","messages":"hi"})", "BAD_REQUEST"},
      {"no model", R"({"messages":[{"role":"user","content":"hi"}]})", "BAD_REQUEST"},
      {"temperature no number", with(claude, {{"temperature", "hot"}}), "BAD_REQUEST"},
      {"several answers", with(claude, {{"n", 2}}), "UNSUPPORTED_PARAMETER"},
      {"audio", with(claude, {{"modalities", json::array{"audio"}}}), "UNSUPPORTED_PARAMETER"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Response response = world.ask(tenant.token, "POST", "/ai/chat", c.body);
    CAPTURE(response.body);
    CHECK(response.status == 400);
    CHECK(response.text("error") == c.code);
  }
  CHECK(world.fake.calls().empty());
}
