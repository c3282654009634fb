#include <doctest/doctest.h>

#include "tests/providers/support.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

namespace {

constexpr Format openai = Format::openai;
constexpr Format anthropic = Format::anthropic;
constexpr Format gemini = Format::gemini;

// An answer as one line: "id model [text|refusal|reasoning|calls|finish|native] usage".
std::string show(const ChatAnswer& answer) {
  std::string shown = answer.id + " " + answer.model;
  for (const ChatChoice& each : answer.choices) {
    shown += " [" + each.text.value_or("null") + "|" + each.refusal.value_or("null") + "|" +
             each.reasoning + "|" + json::serialize(each.tool_calls) + "|" + each.finish_reason +
             "|" + each.native_finish_reason + "]";
  }
  return shown + " " + test::show(answer.usage);
}

}  // namespace

TEST_CASE("a whole answer of any provider is read") {
  struct Case {
    std::string_view name;
    Format format;
    const char* body;
    const char* answer;
  };
  const Case cases[] = {
      {"openai", openai,
       R"({"id":"c1","model":"gpt-4o-2024","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1,"cache_write_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})",
       "c1 gpt-4o-2024 [hi|null||[]|stop|] 3/2/5 1+4+2"},
      {"openai: two choices, calls, refusal, reasoning", openai,
       R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"1"}]},"finish_reason":"tool_calls"},{"message":{"refusal":"no","reasoning_content":"hm"},"finish_reason":"content_filter"}]})",
       R"(  [null|null||[{"id":"1"}]|tool_calls|] [null|no|hm|[]|content_filter|] 0/0/0 0+0+0)"},
      {"openai: content in parts, no finish reason", openai,
       R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]})",
       "  [ab|null||[]|stop|] 0/0/0 0+0+0"},
      {"anthropic: usage with its cache", anthropic,
       R"({"id":"msg_1","type":"message","content":[{"type":"text","text":"a"},{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"b"},{"type":"new_block"}],"model":"claude","stop_reason":"end_turn","usage":{"input_tokens":3,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,"output_tokens":5}})",
       "chatcmpl-msg_1 claude [ab|null|hm|[]|stop|] 123/5/128 100+20+0"},
      {"anthropic: only a tool", anthropic,
       R"({"id":"m","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":1}}],"model":"c","stop_reason":"tool_use"})",
       R"(chatcmpl-m c [null|null||[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]|tool_calls|] 0/0/0 0+0+0)"},
      {"anthropic: refusal", anthropic,
       R"({"id":"m","content":[],"model":"c","stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"no"},"usage":{"output_tokens":1,"output_tokens_details":{"thinking_tokens":1}}})",
       "chatcmpl-m c [null|no||[]|content_filter|] 0/1/1 0+0+1"},
      {"anthropic: a refusal that is not explained", anthropic,
       R"({"id":"m","content":[],"model":"c","stop_reason":"refusal","stop_details":null})",
       "chatcmpl-m c [null|null||[]|content_filter|] 0/0/0 0+0+0"},
      {"anthropic: usage with its thinking", anthropic,
       R"({"id":"m","content":[],"model":"c","stop_reason":"end_turn","usage":{"input_tokens":1,"cache_read_input_tokens":0,"output_tokens":9,"output_tokens_details":{"thinking_tokens":7}}})",
       "chatcmpl-m c [null|null||[]|stop|] 1/9/10 0+0+7"},
      {"anthropic: two calls keep their order", anthropic,
       R"({"id":"m","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"t2","name":"g","input":{}},{"type":"tool_use","id":"t1","name":"f","input":{"a":[]}}],"model":"c","stop_reason":"tool_use"})",
       R"(chatcmpl-m c [a|null||[{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}},)"
       R"({"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":[]}"}}]|tool_calls|] 0/0/0 0+0+0)"},
      {"anthropic: length", anthropic,
       R"({"id":"m","content":[],"model":"c","stop_reason":"model_context_window_exceeded"})",
       "chatcmpl-m c [null|null||[]|length|] 0/0/0 0+0+0"},
      {"anthropic: an unknown reason is kept", anthropic,
       R"({"id":"m","content":[],"model":"c","stop_reason":"tired"})",
       "chatcmpl-m c [null|null||[]|stop|tired] 0/0/0 0+0+0"},
      {"gemini: a thought is no text", gemini,
       R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"hi"}]},"finishReason":"STOP"}],"modelVersion":"g","responseId":"r","usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,"cachedContentTokenCount":4,"totalTokenCount":22}})",
       "chatcmpl-r g [hi|null|hm|[]|stop|] 10/12/22 4+0+7"},
      {"gemini: a call without arguments", gemini,
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"},"thoughtSignature":"s"}]},"finishReason":"STOP"}],"responseId":"r"})",
       R"(chatcmpl-r  [null|null||[{"id":"call_r_0_0","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]|tool_calls|] 0/0/0 0+0+0)"},
      {"gemini: a call of an answer without a name", gemini,
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]})",
       R"(chatcmpl-  [null|null||[{"id":"call_req_1_0_0","type":"function","function":{"name":"f","arguments":"{}"}}]|tool_calls|] 0/0/0 0+0+0)"},
      {"gemini: texts are joined, thoughts apart", gemini,
       R"({"candidates":[{"content":{"parts":[{"text":"a"},{"text":"h","thought":true},{"text":"b"},{"text":"m","thought":true}]},"finishReason":"STOP"}]})",
       "chatcmpl-  [ab|null|hm|[]|stop|] 0/0/0 0+0+0"},
      {"gemini: a call with its own id beside a text", gemini,
       R"({"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"id":"c1","name":"f","args":{"a":1}}}]},"finishReason":"STOP"}],"responseId":"r"})",
       R"(chatcmpl-r  [a|null||[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]|tool_calls|] 0/0/0 0+0+0)"},
      {"gemini: two calls get two ids", gemini,
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}],"responseId":"r"})",
       R"(chatcmpl-r  [null|null||[{"id":"call_r_0_0","type":"function","function":{"name":"f","arguments":"{}"}},)"
       R"({"id":"call_r_0_1","type":"function","function":{"name":"f","arguments":"{}"}}]|tool_calls|] 0/0/0 0+0+0)"},
      {"gemini: usage with its thoughts and cache", gemini,
       R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,"cachedContentTokenCount":4,"totalTokenCount":22}})",
       "chatcmpl-  [null|null||[]|stop|] 10/12/22 4+0+7"},
      {"gemini: what a tool's use cost is prompt, and the total is Google's", gemini,
       R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"toolUsePromptTokenCount":3,"candidatesTokenCount":5,"totalTokenCount":21}})",
       "chatcmpl-  [null|null||[]|stop|] 13/5/21 0+0+0"},
      {"gemini: a blocked prompt", gemini,
       R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":8}})",
       "chatcmpl-  [null|null||[]|content_filter|] 8/0/8 0+0+0"},
      {"gemini: a safety stop without content", gemini,
       R"({"candidates":[{"finishReason":"SAFETY"}]})",
       "chatcmpl-  [null|null||[]|content_filter|] 0/0/0 0+0+0"},
      {"gemini: an image stop", gemini, R"({"candidates":[{"finishReason":"IMAGE_SAFETY"}]})",
       "chatcmpl-  [null|null||[]|content_filter|] 0/0/0 0+0+0"},
      {"gemini: two candidates, an unknown reason", gemini,
       R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"MAX_TOKENS"},{"content":{"parts":[{"text":"b"}]},"finishReason":"MALFORMED_RESPONSE"}]})",
       "chatcmpl-  [a|null||[]|length|] [b|null||[]|stop|MALFORMED_RESPONSE] 0/0/0 0+0+0"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<ChatAnswer> answer = parse_answer(c.format, c.body, "req_1");
    REQUIRE(answer.has_value());
    CHECK(show(*answer) == c.answer);
  }
}

TEST_CASE("what is no complete answer is the provider's error") {
  struct Case {
    std::string_view name;
    Format format;
    const char* body;
    const char* message;
  };
  const Case cases[] = {
      {"html", openai, "<html></html>", "the provider's answer is not a JSON object"},
      {"empty", anthropic, "", "the provider's answer is not a JSON object"},
      {"cut off", gemini, R"({"candidates":[{"con)", "the provider's answer is not a JSON object"},
      {"a number", gemini, "1", "the provider's answer is not a JSON object"},
      {"an array", gemini, "[{},{}]", "the provider's answer is not a JSON object"},
      {"an error", openai, R"({"error":{"message":"boom"}})", "boom"},
      {"an error in an array", gemini, R"([{"error":{"message":"boom"}}])", "boom"},
      {"an error as a string", anthropic, R"({"error":"boom"})", "boom"},
      {"openai without choices", openai, R"({"id":"1"})", "the provider's answer holds no choices"},
      {"openai with empty choices", openai, R"({"choices":[]})",
       "the provider's answer holds no choices"},
      {"openai without message", openai, R"({"choices":[{"text":"x"}]})",
       "the provider's answer holds a choice without a message"},
      {"openai with a strange choice", openai, R"({"choices":[1]})",
       "the provider's answer holds a choice without a message"},
      {"anthropic without content", anthropic, R"({"stop_reason":"end_turn"})",
       "the provider's answer holds no content"},
      {"anthropic without reason", anthropic, R"({"content":[],"stop_reason":null})",
       "the provider's answer does not say why it ends"},
      {"gemini without candidates", gemini, R"({"candidates":[]})",
       "the provider's answer holds no candidates"},
      {"gemini with a strange candidate", gemini, R"({"candidates":[null]})",
       "the provider's answer holds a candidate that is not an object"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<ChatAnswer> answer = parse_answer(c.format, c.body, "req_1");
    REQUIRE(answer.has_error());
    CHECK(answer.error().code == Errc::provider_error);
    CHECK(answer.error().message() == c.message);
  }
}

TEST_CASE("an answer nested beyond all bounds is refused, not followed") {
  const std::string deep(100000, '[');
  CHECK(parse_answer(openai, "{\"choices\":" + deep, "req_1").has_error());
  CHECK(parse_answer(openai, deep, "req_1").has_error());
}
