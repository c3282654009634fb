// POST /v1/chat/completions for models of other providers than OpenAI: what an OpenAI client sends
// and gets.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "tests/e2e/translated_chat.hpp"

using namespace byok::testing;
namespace json = boost::json;

namespace {

const std::string models[] = {"claude-sonnet-4-5", "gemini-2.5-flash", "anthropic/claude-opus-5-5",
                              "gemini/gemini-3.8-flash"};

}  // namespace

TEST_CASE("an OpenAI client chats with every provider's models") {
  TranslatedChat f;
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
  TranslatedChat f;
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
  TranslatedChat f;
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
  TranslatedChat f;
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
  TranslatedChat f;
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
  TranslatedChat f;
  Response response = f.ask(
      R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"q"}],"seed":1,"evil\r\nx-forged: 1":1,"logit_bias":{"1":1}})");
  CHECK(response.status == 200);
  CHECK(response.header("x-byok-dropped") == "logit_bias, seed");
  CHECK(!response.has("x-forged"));
}
