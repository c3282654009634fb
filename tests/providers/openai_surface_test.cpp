// Other providers' answers as OpenAI's clients get them.
#include <doctest/doctest.h>

#include "tests/providers/rewrite.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

namespace {

std::string choices_of(const std::string& body) {
  return to_text(parse_object(body).at("choices"));
}

const std::string head =
    R"({"id":"chatcmpl-r","object":"chat.completion.chunk","created":7,"model":"g","choices":[)";
std::string chunk(const std::string& delta, const std::string& reason = "null") {
  return "data: " + head + R"({"index":0,"delta":)" + delta + R"(,"finish_reason":)" + reason +
         "}]}\n\n";
}

}  // namespace

TEST_CASE("a whole answer") {
  struct Case {
    std::string_view name;
    Format format;
    std::string answer;
    std::string choices;
    bool legacy = false;
  };
  const Case cases[] = {
      {"claude: text, thinking and a call", Format::anthropic,
       R"({"id":"msg_1","model":"c","content":[{"type":"thinking","thinking":"hm","signature":"S"},{"type":"text","text":"a"},{"type":"tool_use","id":"t1","name":"f","input":{"x":1}}],"stop_reason":"tool_use"})",
       R"([{"index":0,"message":{"role":"assistant","content":"a","refusal":null,"reasoning_content":"hm","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"S","index":0,"model":"m"}],"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},"logprobs":null,"finish_reason":"tool_calls"}])"},
      {"claude: a refusal", Format::anthropic,
       R"({"id":"msg_1","model":"c","content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"no"}})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":"no"},"logprobs":null,"finish_reason":"content_filter"}])"},
      {"claude: a reason that nobody knows", Format::anthropic,
       R"({"id":"msg_1","model":"c","content":[{"type":"text","text":"a"}],"stop_reason":"bored"})",
       R"([{"index":0,"message":{"role":"assistant","content":"a","refusal":null},"logprobs":null,"finish_reason":"stop","native_finish_reason":"bored"}])"},
      {"gemini: a call without arguments and id", Format::gemini,
       R"({"responseId":"r","candidates":[{"content":{"parts":[{"functionCall":{"name":"f"},"thoughtSignature":"S"}]},"finishReason":"STOP"}]})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_r_0_0","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"S"}}}]},"logprobs":null,"finish_reason":"tool_calls"}])"},
      {"gemini: thoughts are no content", Format::gemini,
       R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"hi"}]},"finishReason":"STOP"}]})",
       R"([{"index":0,"message":{"role":"assistant","content":"hi","refusal":null,"reasoning_content":"hm"},"logprobs":null,"finish_reason":"stop"}])"},
      {"gemini: a blocked prompt", Format::gemini, R"({"promptFeedback":{"blockReason":"SAFETY"}})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null},"logprobs":null,"finish_reason":"content_filter"}])"},
      {"gemini: stopped without content", Format::gemini,
       R"({"candidates":[{"finishReason":"SAFETY"}]})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null},"logprobs":null,"finish_reason":"content_filter"}])"},
      {"claude: a call alone is no content", Format::anthropic,
       R"({"id":"1","content":[{"type":"tool_use","id":"t","name":"f"}],"stop_reason":"tool_use"})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":)"
       R"([{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
       R"("logprobs":null,"finish_reason":"tool_calls"}])"},
      {"claude: an id that looks like a call's stays in a text", Format::anthropic,
       R"({"id":"msg_1","model":"c","content":[{"type":"text","text":"f_x_0 and f.x:0"}],"stop_reason":"end_turn"})",
       R"([{"index":0,"message":{"role":"assistant","content":"f_x_0 and f.x:0","refusal":null},)"
       R"("logprobs":null,"finish_reason":"stop"}])"},
      {"gemini: a reason that nobody knows", Format::gemini,
       R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null},)"
       R"("logprobs":null,"finish_reason":"stop",)"
       R"("native_finish_reason":"MALFORMED_FUNCTION_CALL"}])"},
      {"gemini: probabilities", Format::gemini,
       R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"b","logProbability":-1.5}]}]}}]})",
       R"([{"index":0,"message":{"role":"assistant","content":"a","refusal":null},"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-1.5,"bytes":[98]}]}],"refusal":null},"finish_reason":"stop"}])"},
      {"the old functions", Format::anthropic,
       R"({"id":"msg_1","model":"c","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}],"stop_reason":"tool_use"})",
       R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"function_call":{"name":"f","arguments":"{}"}},"logprobs":null,"finish_reason":"function_call"}])",
       true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<ChatAnswer> answer = parse_answer(c.format, c.answer, "req_1");
    REQUIRE(answer.has_value());
    const std::string body = write_completion(*answer, context(false, c.legacy));
    CHECK(parse(choices_of(body)) == parse(c.choices));
  }
}

TEST_CASE("an answer's frame and usage") {
  const Result<ChatAnswer> answer = parse_answer(
      Format::anthropic,
      R"({"id":"msg_1","model":"c","content":[],"stop_reason":"end_turn","usage":{"input_tokens":3,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,"output_tokens":5,"output_tokens_details":{"thinking_tokens":2}}})",
      "req_1");
  json::object body = parse_object(write_completion(*answer, context()));
  body.erase("choices");
  CHECK(
      json::value(body) ==
      parse(
          R"({"id":"chatcmpl-msg_1","object":"chat.completion","created":7,"model":"c","usage":{"prompt_tokens":123,"completion_tokens":5,"total_tokens":128,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":20},"completion_tokens_details":{"reasoning_tokens":2}}})"));
}

TEST_CASE("an answer's id and model") {
  struct Case {
    std::string_view name;
    Format format;
    const char* answer;
    std::string_view id;
    std::string_view model;
  };
  const Case cases[] = {
      {"claude: both are its own", Format::anthropic,
       R"({"id":"msg_1","model":"c","content":[],"stop_reason":"end_turn"})", "chatcmpl-msg_1",
       "c"},
      {"gemini: both are its own", Format::gemini,
       R"({"responseId":"r","modelVersion":"g","candidates":[{"finishReason":"STOP"}]})",
       "chatcmpl-r", "g"},
      {"gemini: without a version it is the model that was asked for", Format::gemini,
       R"({"responseId":"r","candidates":[{"finishReason":"STOP"}]})", "chatcmpl-r", "m"},
      {"gemini: without an id it is the call's", Format::gemini,
       R"({"candidates":[{"finishReason":"STOP"}]})", "chatcmpl-req_1", "m"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<ChatAnswer> answer = parse_answer(c.format, c.answer, "req_1");
    REQUIRE(answer.has_value());
    const json::object body = parse_object(write_completion(*answer, context()));
    CHECK(string_or_empty(body, "id") == c.id);
    CHECK(string_or_empty(body, "model") == c.model);
  }
}

TEST_CASE("a stream") {
  const std::string role = chunk(R"({"role":"assistant","content":""})");
  const std::string end = "data: [DONE]\n\n";
  const std::string gemini_head = R"(data: {"modelVersion":"g","responseId":"r","candidates":[{)";
  struct Case {
    std::string_view name;
    std::string stream;
    std::string written;
    bool include_usage = false;
    bool legacy = false;
  };
  const std::string usage =
      R"("usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,"cachedContentTokenCount":4,"totalTokenCount":22})";
  const Case cases[] = {
      {"text",
       gemini_head + R"("content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]})"
                     "\n\n",
       role + chunk(R"({"content":"a"})") + chunk("{}", R"("stop")") + end},
      {"thoughts and a call",
       gemini_head +
           R"("content":{"parts":[{"text":"hm","thought":true},{"functionCall":{"id":"c","name":"f","args":{"x":1}},"thoughtSignature":"S"}]},"finishReason":"STOP"}]})"
           "\n\n",
       role + chunk(R"({"reasoning_content":"hm"})") +
           chunk(
               R"({"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":1}"},"extra_content":{"google":{"thought_signature":"S"}}}]})") +
           chunk("{}", R"("tool_calls")") + end},
      {"the old functions",
       gemini_head +
           R"("content":{"parts":[{"functionCall":{"id":"c","name":"f"}}]},"finishReason":"STOP"}]})"
           "\n\n",
       role + chunk(R"({"function_call":{"name":"f","arguments":"{}"}})") +
           chunk("{}", R"("function_call")") + end,
       false, true},
      {"a blocked prompt",
       R"(data: {"modelVersion":"g","responseId":"r","promptFeedback":{"blockReason":"SAFETY"}})"
       "\n\n",
       role + chunk("{}", R"("content_filter")") + end},
      {"a stream that breaks off has no end",
       gemini_head + R"("content":{"parts":[{"text":"a"}]}}]})"
                     "\n\n",
       role + chunk(R"({"content":"a"})") +
           R"(data: {"error":{"message":"the provider's stream broke off","type":"server_error","param":null,"code":"provider_error"}})"
           "\n\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(rewrite(Format::gemini, c.stream, context(c.include_usage, c.legacy)) == c.written);
  }

  // Where it is asked for, usage stands in a chunk of its own, and null in all others.
  const std::string with_usage = rewrite(
      Format::gemini, gemini_head + R"("finishReason":"STOP"}],)" + usage + "}\n\n", context(true));
  const auto nulled = [](std::string line) {
    return line.replace(line.rfind('}'), 1, R"(,"usage":null})");
  };
  CHECK(
      with_usage ==
      nulled(role) + nulled(chunk("{}", R"("stop")")) + "data: " + head +
          R"(],"usage":{"prompt_tokens":10,"completion_tokens":12,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":7}}})" +
          "\n\n" + end);
}
