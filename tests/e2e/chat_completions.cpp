// POST /v1/chat/completions for models of other providers than OpenAI: what an OpenAI client sends
// and gets.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace json = boost::json;

namespace {

struct Fixture {
  explicit Fixture(std::vector<std::string> settings = {}) : world(std::move(settings)) {
    world.put_key(tenant, "anthropic", make_key("sk-ant-"));
    world.put_key(tenant, "gemini", make_key("AQ."));
  }
  Response ask(const std::string& body) const {
    return world.ask(tenant.chat_token, "POST", "/v1/chat/completions", body);
  }
  // One call answered with `answer` by the provider.
  void answer_with(const std::string& answer) const { world.fake.script("[" + answer + "]"); }
  json::value sent() const { return json::parse(world.fake.calls().back().body); }

  World world;
  Tenant tenant = world.make_tenant("acme");
};

const std::string models[] = {"claude-sonnet-4-5", "gemini-2.5-flash", "anthropic/claude-opus-5-5",
                              "gemini/gemini-3.8-flash"};

}  // namespace

TEST_CASE("an OpenAI client chats with every provider's models") {
  Fixture f;
  for (const std::string& model : models) {
    CAPTURE(model);
    Response response = f.ask(chat_body(model, "hello there"));
    CAPTURE(response.body);
    CHECK(response.status == 200);
    CHECK(response.text("object") == "chat.completion");
    CHECK(response.text("choices/0/message/content") == "fake reply to: hello there");
    CHECK(response.text("choices/0/finish_reason") == "stop");
    CHECK(response.text("usage/total_tokens") == "18");
    CHECK(response.text("model") == model.substr(model.find('/') + 1));
    CHECK(response.header("x-byok-key-source") == "tenant");
    CHECK(!response.has("x-byok-dropped"));
  }
}

TEST_CASE("a stream is OpenAI's, to its [DONE]") {
  Fixture f;
  for (const std::string& model : models) {
    CAPTURE(model);
    std::string body = chat_body(model, "one two three", true);
    body.insert(body.size() - 1, R"(,"stream_options":{"include_usage":true})");
    Response response = f.ask(body);
    CHECK(response.status == 200);
    CHECK(response.header("content-type").starts_with("text/event-stream"));
    auto events = events_of(response.body);
    REQUIRE(events.size() > 4);
    CHECK(events.back() == "[DONE]");
    Response usage{.body = events[events.size() - 2]};
    CHECK(usage.text("choices") == "[]");
    CHECK(usage.text("usage/total_tokens") == "18");
    CHECK(Response{.body = events[events.size() - 3]}.text("choices/0/finish_reason") == "stop");
    std::string text;
    for (std::size_t i = 0; i + 3 < events.size(); ++i) {
      Response chunk{.body = events[i]};
      CHECK(chunk.text("object") == "chat.completion.chunk");
      text += chunk.text("choices/0/delta/content");
    }
    CHECK(text == "fake reply to: one two three");
  }
}

TEST_CASE("a tool loop keeps thinking, calls and results together") {
  Fixture f;
  f.answer_with(
      R"({"body":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5","content":[{"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}})");
  const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"f"}}]})";
  const std::string question = R"({"role":"user","content":"q"})";
  Response first = f.ask(R"({"model":"claude-sonnet-5","messages":[)" + question + "]" + tools);
  REQUIRE(first.status == 200);
  CHECK(first.text("choices/0/finish_reason") == "tool_calls");
  CHECK(first.text("choices/0/message/tool_calls/0/function/arguments") == R"({"a":1})");

  // The client sends back the message as it got it.
  Response second = f.ask(R"({"model":"claude-sonnet-5","messages":[)" + question + "," +
                          first.text("choices/0/message") +
                          R"(,{"role":"tool","tool_call_id":"toolu_1","content":"42"}])" + tools);
  CHECK(second.status == 200);
  CHECK(
      f.sent().at("messages") ==
      json::parse(
          R"([{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"42"}]}])"));
}

TEST_CASE("signatures of Gemini's calls survive a client that knows OpenAI's fields alone") {
  Fixture f;
  const std::string model = "gemini-3.8-flash";
  const auto part = [](const std::string& name, const std::string& rest) {
    return R"({"functionCall":{"name":")" + name + R"(","args":{}})" + rest + "}";
  };
  const std::string calls = part("f", R"(,"thoughtSignature":"SIG")") + "," + part("g", "");
  const std::string answer =
      R"({"candidates":[{"content":{"role":"model","parts":[)" + calls +
      R"(]},"finishReason":"STOP","index":0}],"usageMetadata":{},"responseId":"ID"})";
  const auto named = [&](const std::string& id) {
    return std::string(answer).replace(answer.find("ID"), 2, id);
  };
  f.answer_with(R"({"body":)" + named("r1") + "}");
  REQUIRE(f.ask(chat_body(model, "q")).status == 200);
  f.answer_with(json::serialize(json::object{{"headers", {{"content-type", "text/event-stream"}}},
                                             {"body", "data: " + named("r2") + "\r\n\r\n"}}));
  REQUIRE(f.ask(chat_body(model, "q", true)).status == 200);

  const auto second = [](const std::string& with, const std::string& id, const std::string& rest) {
    const auto call = [&](const std::string& number, const std::string& name) {
      return R"({"id":"call_)" + id + "_0_" + number +
             R"(","type":"function","function":{"name":")" + name + R"(","arguments":"{}"})" +
             rest + "}";
    };
    const auto result = [&](const std::string& number) {
      return R"({"role":"tool","tool_call_id":"call_)" + id + "_0_" + number +
             R"(","content":"42"})";
    };
    return R"({"model":")" + with +
           R"(","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[)" +
           call("0", "f") + "," + call("1", "g") + "]}," + result("0") + "," + result("1") + "]}";
  };
  const auto sent_parts = [&] { return f.sent().at("contents").at(1).at("parts"); };
  for (const std::string& id : {std::string("r1"), std::string("r2")}) {
    CAPTURE(id);
    REQUIRE(f.ask(second(model, id, "")).status == 200);
    CHECK(sent_parts().at(0).at("thoughtSignature") == "SIG");
    CHECK_FALSE(sent_parts().at(1).as_object().contains("thoughtSignature"));
  }
  // What the client kept itself is what counts, and no other model gets it.
  REQUIRE(f.ask(second(model, "r1", R"(,"extra_content":{"google":{"thought_signature":"OWN"}})"))
              .status == 200);
  CHECK(sent_parts().at(0).at("thoughtSignature") == "OWN");
  REQUIRE(f.ask(second("gemini-3.5-pro", "r1", "")).status == 200);
  CHECK(sent_parts().at(0).at("thoughtSignature") != "SIG");
}

TEST_CASE("thinking survives a client that knows OpenAI's fields alone") {
  Fixture f;
  const std::string thought =
      R"({"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"tool_use","id":"toolu_ID","name":"f","input":{}})";
  const std::string whole =
      R"({"body":{"id":"msg_1","role":"assistant","model":"m","content":[)" + thought +
      R"(],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}})";
  const auto event = [](const std::string& type, const std::string& rest) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
  };
  const std::string stream =
      event("message_start",
            R"(,"message":{"id":"msg_1","model":"m","usage":{"input_tokens":1}})") +
      event("content_block_start",
            R"(,"index":0,"content_block":{"type":"thinking","thinking":""})") +
      event("content_block_delta",
            R"(,"index":0,"delta":{"type":"thinking_delta","thinking":"hm"})") +
      event("content_block_delta",
            R"(,"index":0,"delta":{"type":"signature_delta","signature":"SIG"})") +
      event("content_block_stop", R"(,"index":0)") +
      event("content_block_start",
            R"(,"index":1,"content_block":{"type":"tool_use","id":"toolu_ID","name":"f"})") +
      event("content_block_stop", R"(,"index":1)") +
      event("message_delta", R"(,"delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2})") +
      event("message_stop", "");
  const auto named = [](std::string text, const std::string& id) {
    for (std::size_t at; (at = text.find("toolu_ID")) != text.npos;) text.replace(at, 8, id);
    return text;
  };
  const auto second = [](const std::string& model, const std::string& id) {
    return R"({"model":")" + model +
           R"(","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":")" +
           id +
           R"(","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":")" +
           id + R"(","content":"42"}]})";
  };
  const std::string model = "claude-sonnet-5";
  f.answer_with(named(whole, "toolu_1"));
  REQUIRE(f.ask(chat_body(model, "q")).status == 200);
  f.answer_with(json::serialize(json::object{{"headers", {{"content-type", "text/event-stream"}}},
                                             {"body", named(stream, "toolu_2")}}));
  REQUIRE(f.ask(chat_body(model, "q", true)).status == 200);
  for (const std::string& id : {std::string("toolu_1"), std::string("toolu_2")}) {
    CAPTURE(id);
    REQUIRE(f.ask(second(model, id)).status == 200);
    CHECK(f.sent().at("messages").at(1).at("content") ==
          json::parse("[" + named(thought, id) + "]"));
  }
  // Neither for another model nor for another tenant.
  REQUIRE(f.ask(second("claude-opus-5", "toolu_1")).status == 200);
  CHECK(f.sent().at("messages").at(1).at("content").as_array().size() == 1);
  Tenant other = f.world.make_tenant("other");
  f.world.put_key(other, "anthropic", make_key("sk-ant-"));
  REQUIRE(
      f.world.ask(other.token, "POST", "/v1/chat/completions", second(model, "toolu_1")).status ==
      200);
  CHECK(f.sent().at("messages").at(1).at("content").as_array().size() == 1);
}

TEST_CASE("what was dropped is told, and cannot forge a header") {
  Fixture f;
  Response response = f.ask(
      R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"q"}],"seed":1,"evil\r\nx-forged: 1":1,"logit_bias":{"1":1}})");
  CHECK(response.status == 200);
  CHECK(response.header("x-byok-dropped") == "logit_bias, seed");
  CHECK(!response.has("x-forged"));
}

TEST_CASE("what cannot be translated is refused, by its path, without a call") {
  Fixture f;
  struct Case {
    std::string body;
    std::string code;
    std::string param;
  };
  const Case cases[] = {
      {R"({"model":"claude-sonnet-5","messages":[{"role":"user","content":"q"}],"n":2})",
       "unsupported_parameter", "n"},
      {R"({"model":"claude-sonnet-5","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{bad"}}]}]})",
       "bad_request", "messages[1].tool_calls[0].function.arguments"},
      {R"({"model":"gemini-2.5-flash","messages":[{"role":"user","content":[{"type":"hologram"}]}]})",
       "unsupported_parameter", "messages[0].content[0]"},
      {R"({"model":"gemini-2.5-flash","stream":1,"messages":[]})", "bad_request", "stream"},
      {R"({"model":"gemini-2.5-flash","messages":"q"})", "bad_request", "messages"},
      {R"({"model":"gemini-2.5-flash","messages":)", "invalid_json", "null"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.body);
    Response response = f.ask(c.body);
    CHECK(response.status == 400);
    CHECK(response.text("error/code") == c.code);
    CHECK(response.text("error/param") == c.param);
  }
  CHECK(f.world.fake.calls().empty());
}

TEST_CASE("a provider's refusal is OpenAI's, and tells whether to try again") {
  Fixture f;
  struct Case {
    std::string model;
    std::string answer;
    int status;
    std::string code;
    std::string retry_after;
    std::string should_retry;
  };
  const Case cases[] = {
      {"claude-sonnet-5",
       R"({"status":529,"body":{"type":"error","error":{"type":"overloaded_error","message":"m"}}})",
       503, "overloaded", "", ""},
      {"claude-sonnet-5",
       R"({"status":429,"headers":{"retry-after":"7","anthropic-ratelimit-requests-limit":"5"},"body":{"type":"error","error":{"type":"rate_limit_error","message":"m"}}})",
       429, "rate_limit_exceeded", "7", ""},
      {"claude-sonnet-5",
       R"({"status":402,"body":{"type":"error","error":{"type":"billing_error","message":"m"}}})",
       429, "insufficient_quota", "", "false"},
      {"gemini-2.5-flash",
       R"({"status":400,"body":{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}})",
       401, "provider_key_invalid", "", ""},
      {"gemini-2.5-flash", R"({"status":500,"body":"<html>oops</html>"})", 502, "null", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.answer);
    f.answer_with(c.answer);
    Response response = f.ask(chat_body(c.model, "hi"));
    CHECK(response.status == c.status);
    CHECK(response.text("error/code") == c.code);
    CHECK(response.header("retry-after") == c.retry_after);
    CHECK(response.header("x-should-retry") == c.should_retry);
    CHECK(response.has("anthropic-ratelimit-requests-limit") == (c.retry_after == "7"));
  }
}

TEST_CASE("answers that are none end as errors") {
  Fixture f;
  const std::string answers[] = {R"({"body":"<html>portal</html>"})", R"({"body":{}})",
                                 R"({"body":[]})", R"({"body":"{\"content\":["})",
                                 R"({"close_after_bytes":200})"};
  for (const std::string& model : {models[0], models[1]}) {
    for (const std::string& answer : answers) {
      CAPTURE(model);
      CAPTURE(answer);
      f.answer_with(answer);
      Response response = f.ask(chat_body(model, "hi"));
      CHECK(response.status == 502);
      CHECK(response.text("error/type") == "server_error");
      f.world.fake.forget_script();
    }
    // A stream that breaks off has no [DONE], but an error that the SDKs throw.
    f.answer_with(R"({"close_after_bytes":500})");
    Response stream = f.ask(chat_body(model, "one two three four five", true));
    CHECK(stream.status == 200);
    REQUIRE(!events_of(stream.body).empty());
    CHECK(Response{.body = events_of(stream.body).back()}.text("error/code") == "provider_error");
    f.world.fake.forget_script();
  }
}

TEST_CASE("an answer of the wrong shape is no end of byokd") {
  Fixture f;
  f.world.put_key(f.tenant, "openai", make_key("sk-proj-"));
  for (const std::string calls : {R"("tool_calls":[4096])", R"("tool_calls":[null,"x",[]])",
                                  R"("tool_calls":{},"thinking_blocks":["x",7])"}) {
    CAPTURE(calls);
    f.answer_with(R"({"body":{"choices":[{"message":{"content":"a",)" + calls +
                  R"(},"finish_reason":"stop"}]}})");
    Response response = f.world.ask(f.tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi"));
    CHECK(response.status == 200);
    CHECK(response.text("text") == "a");
  }
}

TEST_CASE("the operator's key serves no tuned model, whose name stands in the path") {
  World world({}, {{"GEMINI_API_KEY", make_key("AQ.")}});
  Tenant tenant = world.make_tenant("acme");
  for (const std::string path : {"/v1/chat/completions", "/ai/chat"}) {
    CAPTURE(path);
    CHECK(world.ask(tenant.token, "POST", path, chat_body("gemini-2.5-flash", "hi")).status == 200);
    world.fake.forget_calls();
    for (const std::string model : {"tunedModels/acme-1", "gemini/tunedModels/acme-1"}) {
      CHECK(world.ask(tenant.token, "POST", path, chat_body(model, "hi")).status == 403);
    }
    CHECK(world.fake.calls().empty());
  }
}

TEST_CASE("a provider's words about the operator's account reach no tenant") {
  World world({}, {{"GEMINI_API_KEY", make_key("AQ.")}});
  Tenant tenant = world.make_tenant("acme");
  const std::string words =
      R"("error":{"code":400,"message":"bad API Key AQ.canary","status":"X"})";
  const std::string answers[] = {
      "{\"status\":400,\"body\":{" + words + "}}", "{\"status\":429,\"body\":{" + words + "}}",
      "{\"status\":401,\"body\":\"<html>canary\"}", "{\"body\":{" + words + "}}"};
  for (const std::string path : {"/v1/chat/completions", "/ai/chat"}) {
    for (const std::string& answer : answers) {
      CAPTURE(path);
      CAPTURE(answer);
      world.fake.script("[" + answer + "]");
      Response response =
          world.ask(tenant.token, "POST", path, chat_body("gemini-2.5-flash", "hi"));
      CHECK(response.status >= 400);
      CHECK(response.body.find("canary") == std::string::npos);
    }
    world.fake.script(
        R"([{"headers":{"content-type":"text/event-stream"},"body":"data: {\"error\":{\"message\":\"bad key canary\"}}\n\n"}])");
    Response stream =
        world.ask(tenant.token, "POST", path, chat_body("gemini-2.5-flash", "hi", true));
    CHECK(stream.body.find("error") != std::string::npos);
    CHECK(stream.body.find("canary") == std::string::npos);
  }
  // In what is passed through, too; but a stream that has begun.
  const std::string passed = "/v1beta/models/gemini-2.5-flash:generateContent";
  const std::string body = R"({"contents":[{"parts":[{"text":"hi"}]}]})";
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    world.fake.script("[" + answers[i] + "]");
    Response response = world.ask(tenant.token, "POST", passed, body);
    CHECK(response.status >= 400);
    CHECK(response.body.find("canary") == std::string::npos);
    CHECK(response.body.find("operator") != std::string::npos);
  }
  // Nor under a coding that nobody asked for: {"error":{"message":"bad API key canary"}}.
  world.fake.script(
      R"([{"status":400,"headers":{"Content-Encoding":"gzip"},"body_base64":")"
      "H4sIAAAAAAACA6tWSi0qyi9SsqpWyk0tLk5MT1WyUkpKTFFwDPBUyE6tVEhOzEssqlSqrQUA7W8pryoAAAA=\"}]");
  Response coded = world.ask(tenant.token, "POST", passed, body);
  CHECK(coded.status == 400);
  CHECK_FALSE(coded.has("content-encoding"));
  CHECK(coded.body.find("operator") != std::string::npos);
  world.fake.script(R"([{"status":400,"body":{"error":{"message":"too many tokens"}}}])");
  CHECK(world.ask(tenant.token, "POST", passed, body).body.find("too many tokens") !=
        std::string::npos);
  // What is about the request itself is told.
  world.fake.script(R"([{"status":400,"body":{"error":{"message":"too many tokens"}}}])");
  CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gemini-2.5-flash", "hi"))
            .body.find("too many tokens") != std::string::npos);
}

TEST_CASE("a stream that failed is over, whatever the provider goes on to send") {
  Fixture f;
  std::string filler;
  for (int i = 0; i < 1000; ++i) filler += ": more\\n\\n";
  f.answer_with(R"({"headers":{"content-type":"text/event-stream"},"body":"data: oops\n\n)" +
                filler + R"(","stall_after_bytes":2000})");
  Response response = f.ask(chat_body(models[0], "hi", true));
  CHECK(response.status == 200);
  REQUIRE(!events_of(response.body).empty());
  CHECK(Response{.body = events_of(response.body).back()}.text("error/code") == "provider_error");
}

TEST_CASE("a body that comes late, and the model last") {
  Fixture f({"limits.max_body=1MiB"});
  const auto body_of = [](std::size_t size) {
    return R"({"messages":[{"role":"user","content":")" + std::string(size, 'x') +
           R"("}],"model":"claude-sonnet-4-5"})";
  };
  CHECK(f.ask(body_of(900'000)).status == 200);
  CHECK(f.world.fake.calls().back().body_size > 900'000);
  Response response = f.ask(body_of(1'100'000));
  CHECK(response.status == 413);
  CHECK(response.text("error/code") == "body_too_large");
}
