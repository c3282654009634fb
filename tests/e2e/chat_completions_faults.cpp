// POST /v1/chat/completions for models of other providers than OpenAI: what is refused, fails or
// breaks off.
#include <doctest/doctest.h>

#include "tests/e2e/translated_chat.hpp"

using namespace byok::testing;

TEST_CASE("what cannot be translated is refused, by its path, without a call") {
  TranslatedChat f;
  struct Case {
    std::string name;
    std::string body;
    std::string code;
    std::string param;
  };
  const Case cases[] = {
      {"several answers of a provider that gives one",
       R"({"model":"claude-sonnet-5","messages":[{"role":"user","content":"q"}],"n":2})",
       "unsupported_parameter", "n"},
      {"arguments that are no JSON",
       R"({"model":"claude-sonnet-5","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{bad"}}]}]})",
       "bad_request", "messages[1].tool_calls[0].function.arguments"},
      {"an unknown part",
       R"({"model":"gemini-2.5-flash","messages":[{"role":"user","content":[{"type":"hologram"}]}]})",
       "unsupported_parameter", "messages[0].content[0]"},
      {"a flag that is a number", R"({"model":"gemini-2.5-flash","stream":1,"messages":[]})",
       "bad_request", "stream"},
      {"messages that are no list", R"({"model":"gemini-2.5-flash","messages":"q"})", "bad_request",
       "messages"},
      {"a body cut off", R"({"model":"gemini-2.5-flash","messages":)", "invalid_json", "null"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Response response = f.ask(c.body);
    CHECK(response.status == 400);
    CHECK(response.text("error/code") == c.code);
    CHECK(response.text("error/param") == c.param);
  }
  CHECK(f.world.fake.calls().empty());
}

TEST_CASE("a provider's refusal is OpenAI's, and tells whether to try again") {
  TranslatedChat f;
  struct Case {
    std::string name;
    std::string model;
    std::string answer;
    int status;
    std::string code;
    std::string retry_after;
    std::string should_retry;
  };
  const Case cases[] = {
      {"overloaded", "claude-sonnet-5",
       R"({"status":529,"body":{"type":"error","error":{"type":"overloaded_error","message":"m"}}})",
       503, "overloaded", "", ""},
      {"too many calls", "claude-sonnet-5",
       R"({"status":429,"headers":{"retry-after":"7","anthropic-ratelimit-requests-limit":"5"},"body":{"type":"error","error":{"type":"rate_limit_error","message":"m"}}})",
       429, "rate_limit_exceeded", "7", ""},
      {"nothing left to spend", "claude-sonnet-5",
       R"({"status":402,"body":{"type":"error","error":{"type":"billing_error","message":"m"}}})",
       429, "insufficient_quota", "", "false"},
      {"a bad key", "gemini-2.5-flash",
       R"({"status":400,"body":{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}})",
       401, "provider_key_invalid", "", ""},
      {"an error page", "gemini-2.5-flash", R"({"status":500,"body":"<html>oops</html>"})", 502,
       "null", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    f.answer_with(c.answer);
    Response response = f.ask(chat_body(c.model, "hi"));
    CHECK(response.status == c.status);
    CHECK(response.text("error/code") == c.code);
    CHECK(response.header("retry-after") == c.retry_after);
    CHECK(response.header("x-should-retry") == c.should_retry);
    CHECK(response.has("anthropic-ratelimit-requests-limit") == (c.retry_after == "7"));
  }
}

TEST_CASE("the name that a provider gave to a call is where OpenAI's SDKs look for it") {
  TranslatedChat f;
  const std::string good = R"("body":{"content":[],"stop_reason":"end_turn"}})";
  const std::string bad = R"("status":500,"body":{"type":"error","error":{"message":"m"}}})";
  const std::string named = R"({"headers":{"request-id":"req_up"},)";
  const std::string answers[] = {named + good, named + bad};
  for (const std::string& answer : answers) {
    CAPTURE(answer);
    f.answer_with(answer);
    Response response = f.ask(chat_body("claude-sonnet-5", "hi"));
    CHECK(response.header("request-id") == "req_up");
    CHECK(response.header("x-request-id") == "req_up");
    CHECK(response.header("x-byok-request-id").starts_with("req_"));
    CHECK(response.header("x-byok-request-id") != "req_up");
  }
  f.answer_with(R"({"headers":{"request-id":"req_a","X-Request-Id":"req_b"},)" + good);
  CHECK(f.ask(chat_body("claude-sonnet-5", "hi")).header("x-request-id") == "req_b");
}

TEST_CASE("a stream that fails behind its 200 ends with the provider's error, without [DONE]") {
  TranslatedChat f;
  struct Case {
    std::string name;
    std::string model;
    std::string events;
    std::string message;
  };
  const Case cases[] = {
      {"overloaded", "claude-sonnet-5",
       R"(event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n)"
       R"(event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,)"
       R"(\"delta\":{\"type\":\"text_delta\",\"text\":\"begun\"}}\n\n)"
       R"(event: error\ndata: {\"type\":\"error\",\"error\":)"
       R"({\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n)",
       "Overloaded"},
      {"unavailable", "gemini-2.5-flash",
       R"(data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"begun\"}]}}]}\r\n\r\n)"
       R"(data: {\"error\":{\"code\":503,\"message\":\"Unavailable\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n)",
       "Unavailable"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    f.answer_with(R"({"headers":{"content-type":"text/event-stream"},"body":")" + c.events + "\"}");
    Response stream = f.ask(chat_body(c.model, "hi", true));
    CHECK(stream.status == 200);
    const std::vector<std::string> events = events_of(stream.body);
    REQUIRE(events.size() > 2);
    CHECK(stream.body.find("begun") != std::string::npos);
    CHECK(stream.body.find("[DONE]") == std::string::npos);
    CHECK(Response{.body = events.back()}.text("error/message") == c.message);
    CHECK(Response{.body = events.back()}.text("error/code") == "provider_error");
  }
}

TEST_CASE("answers that are none end as errors") {
  TranslatedChat f;
  const std::string answers[] = {R"({"body":"<html>portal</html>"})", R"({"body":{}})",
                                 R"({"body":[]})", R"({"body":"{\"content\":["})",
                                 R"({"close_after_bytes":200})"};
  for (const std::string& model :
       {std::string("claude-sonnet-4-5"), std::string("gemini-2.5-flash")}) {
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
  TranslatedChat f;
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

TEST_CASE("a stream that failed is over, whatever the provider goes on to send") {
  TranslatedChat f;
  std::string filler;
  for (int i = 0; i < 1000; ++i) filler += ": more\\n\\n";
  f.answer_with(R"({"headers":{"content-type":"text/event-stream"},"body":"data: oops\n\n)" +
                filler + R"(","stall_after_bytes":2000})");
  Response response = f.ask(chat_body("claude-sonnet-4-5", "hi", true));
  CHECK(response.status == 200);
  REQUIRE(!events_of(response.body).empty());
  CHECK(Response{.body = events_of(response.body).back()}.text("error/code") == "provider_error");
}

TEST_CASE("a body that comes late, and the model last") {
  TranslatedChat f({"limits.max_body=1MiB"});
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
