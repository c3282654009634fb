// The chunks that an OpenAI client gets for each event of another provider's stream.
#include <doctest/doctest.h>

#include "tests/providers/rewrite.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

namespace {

// An event of Anthropic's, whose data repeats its name.
std::string event(const std::string& type, const std::string& members = {}) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" +
         (members.empty() ? "" : "," + members) + "}\n\n";
}
std::string data(const std::string& text) { return "data: " + text + "\n\n"; }

// One of Gemini's.
std::string candidate(const std::string& members) {
  return data(R"({"responseId":"1","modelVersion":"v","candidates":[{)" + members + "}]}");
}
std::string parts(const std::string& values) { return R"("content":{"parts":[)" + values + "]}"; }

const std::string start = event(
    "message_start",
    R"("message":{"id":"1","model":"v","content":[],"usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":1}})");
const std::string text =
    event("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})") +
    event("content_block_delta", R"("index":0,"delta":{"type":"text_delta","text":"a"})") +
    event("content_block_stop", R"("index":0)");
const std::string stop = event("message_stop");

std::string ending(const std::string& reason) {
  return event("message_delta",
               R"("delta":{"stop_reason":")" + reason + R"("},"usage":{"output_tokens":9})");
}

const std::string head =
    R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"v","choices":[)";
std::string chunk(const std::string& delta, const std::string& rest = R"("finish_reason":null)") {
  return data(head + R"({"index":0,"delta":)" + delta + "," + rest + "}]}");
}
std::string finish(const std::string& reason) {
  return chunk("{}", R"("finish_reason":")" + reason + "\"");
}
std::string error(const std::string& message) {
  return data(R"({"error":{"message":")" + message +
              R"(","type":"server_error","param":null,"code":"provider_error"}})");
}
const std::string role = chunk(R"({"role":"assistant","content":""})");
const std::string done = data("[DONE]");
const std::string said = chunk(R"({"content":"a"})");

}  // namespace

TEST_CASE("the chunks for another provider's events") {
  const std::string signed_thought =
      R"("index":0,"delta":{"type":"signature_delta","signature":"S"})";
  struct Case {
    std::string_view name;
    Format format;
    std::string stream;
    std::string chunks;
  };
  const Case cases[] = {
      {"claude: the start is the role", Format::anthropic, start + ending("end_turn") + stop,
       role + finish("stop") + done},
      {"claude: text", Format::anthropic, start + text + ending("max_tokens") + stop,
       role + said + finish("length") + done},
      {"claude: a thought", Format::anthropic,
       start +
           event("content_block_start",
                 R"("index":0,"content_block":{"type":"thinking","thinking":"","signature":""})") +
           event("content_block_delta",
                 R"("index":0,"delta":{"type":"thinking_delta","thinking":"hm"})") +
           event("content_block_delta", signed_thought) +
           event("content_block_stop", R"("index":0)") + ending("end_turn") + stop,
       role + chunk(R"({"reasoning_content":"hm"})") +
           chunk(
               R"({"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"S","index":0,"model":"m"}]})") +
           finish("stop") + done},
      {"claude: calls are numbered by themselves", Format::anthropic,
       start + text +
           event(
               "content_block_start",
               R"("index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}})") +
           event("content_block_delta",
                 R"("index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"})") +
           event("content_block_stop", R"("index":2)") +
           event(
               "content_block_start",
               R"("index":3,"content_block":{"type":"tool_use","id":"u","name":"g","input":{}})") +
           event("content_block_stop", R"("index":3)") + ending("tool_use") + stop,
       role + said +
           chunk(
               R"({"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}]})") +
           chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":1}"}}]})") +
           chunk(
               R"({"tool_calls":[{"index":1,"id":"u","type":"function","function":{"name":"g","arguments":""}}]})") +
           chunk(R"({"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]})") +
           finish("tool_calls") + done},
      {"claude: what is nothing to OpenAI", Format::anthropic,
       event("ping") + start + event("ping") + event("content_block_delta", signed_thought) + text +
           event("brand_new", R"("x":1)") + ending("end_turn") + event("ping") + stop,
       role + said + finish("stop") + done},
      {"claude: a refusal", Format::anthropic,
       start +
           event(
               "message_delta",
               R"("delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"no"}})") +
           stop,
       role + chunk(R"({"refusal":"no"})") + finish("content_filter") + done},
      {"claude: a reason that nobody knows", Format::anthropic, start + ending("bored") + stop,
       role + chunk("{}", R"("finish_reason":"stop","native_finish_reason":"bored")") + done},
      {"claude: overloaded behind a text", Format::anthropic,
       start + text +
           event("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})") +
           ending("end_turn") + stop,
       role + said + error("Overloaded")},
      {"claude: no stop", Format::anthropic, start + text + ending("end_turn"),
       role + said + finish("stop") + error("the provider's stream broke off")},
      {"gemini: the first event is the role, an end is the end", Format::gemini,
       candidate(R"("finishReason":"STOP")"), role + finish("stop") + done},
      {"gemini: parts come before their event's reason", Format::gemini,
       candidate(parts(R"({"text":"a"})") + R"(,"finishReason":"MAX_TOKENS")"),
       role + said + finish("length") + done},
      {"gemini: a thought", Format::gemini,
       candidate(parts(R"({"text":"hm","thought":true})")) +
           candidate(parts(R"({"text":"a"})") + R"(,"finishReason":"STOP")"),
       role + chunk(R"({"reasoning_content":"hm"})") + said + finish("stop") + done},
      {"gemini: a call is one chunk", Format::gemini,
       candidate(parts(R"({"functionCall":{"name":"f","args":{"x":1}}})")) +
           candidate(R"("finishReason":"STOP")"),
       role +
           chunk(
               R"({"tool_calls":[{"index":0,"id":"call_1_0_0","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]})") +
           finish("tool_calls") + done},
      {"gemini: what is nothing to OpenAI", Format::gemini,
       candidate(parts(R"({"text":"a"})")) + candidate(parts(R"({"text":""})")) +
           candidate(R"("groundingMetadata":{"webSearchQueries":["q"]})") +
           candidate(R"("finishReason":"STOP")"),
       role + said + finish("stop") + done},
      {"gemini: a safety stop without content", Format::gemini,
       candidate(R"("finishReason":"SAFETY")"), role + finish("content_filter") + done},
      {"gemini: a reason that nobody knows", Format::gemini,
       candidate(R"("finishReason":"MALFORMED_FUNCTION_CALL")"),
       role +
           chunk("{}",
                 R"("finish_reason":"stop","native_finish_reason":"MALFORMED_FUNCTION_CALL")") +
           done},
      {"gemini: an error behind a text", Format::gemini,
       candidate(parts(R"({"text":"a"})")) + data(R"({"error":{"code":503,"message":"busy"}})") +
           candidate(R"("finishReason":"STOP")"),
       role + said + error("busy")},
      {"gemini: no reason", Format::gemini, candidate(parts(R"({"text":"a"})")),
       role + said + error("the provider's stream broke off")},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(rewrite(c.format, c.stream, context()) == c.chunks);
  }
}

TEST_CASE("the chunk with the usage, where it is asked for") {
  const auto counted = [](const std::string& members) {
    return data(R"({"responseId":"1","modelVersion":"v","usageMetadata":{)" + members + "}" +
                R"(,"candidates":[{"finishReason":"STOP"}]})");
  };
  struct Case {
    std::string_view name;
    Format format;
    std::string stream;
    std::string usage;
  };
  const Case cases[] = {
      {"claude: of the start and the last delta", Format::anthropic,
       start +
           event("message_delta", R"("delta":{"stop_reason":null},"usage":{"output_tokens":4})") +
           event(
               "message_delta",
               R"("delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":null,"output_tokens":9,"output_tokens_details":{"thinking_tokens":3}})") +
           stop,
       R"({"prompt_tokens":7,"completion_tokens":9,"total_tokens":16,"prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":3}})"},
      {"gemini: the last", Format::gemini,
       counted(R"("promptTokenCount":10,"totalTokenCount":10)") +
           counted(
               R"("promptTokenCount":10,"toolUsePromptTokenCount":2,"candidatesTokenCount":5,"thoughtsTokenCount":7,"cachedContentTokenCount":4,"totalTokenCount":24)"),
       R"({"prompt_tokens":12,"completion_tokens":12,"total_tokens":24,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":7}})"},
  };
  const auto nulled = [](std::string line) {
    return line.replace(line.rfind('}'), 1, R"(,"usage":null})");
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(rewrite(c.format, c.stream, context(true)) ==
          nulled(role) + nulled(finish("stop")) + data(head + R"(],"usage":)" + c.usage + "}") +
              done);
    CHECK(rewrite(c.format, c.stream, context(false)) == role + finish("stop") + done);
  }
}
