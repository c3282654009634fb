// Why a model stopped, in OpenAI's words: in a whole answer as in a stream.
#include <doctest/doctest.h>

#include "tests/providers/support.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

namespace {

struct Case {
  std::string_view name;
  Format format;
  std::string native;
  std::string_view reason;
  bool kept = false;  // beside OpenAI's word, which does not say as much
  std::string parts = {};
};

std::string answer_of(const Case& c) {
  if (c.format == Format::anthropic) {
    return R"({"id":"m","model":"c","content":[],"stop_reason":")" + c.native + R"("})";
  }
  return R"({"candidates":[{"content":{"parts":[)" + c.parts + R"(]},"finishReason":")" + c.native +
         R"("}]})";
}

std::string stream_of(const Case& c) {
  if (c.format == Format::gemini) return "data: " + answer_of(c) + "\n\n";
  const auto event = [](const std::string& type, const std::string& members) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + members + "}\n\n";
  };
  return event("message_start", R"(,"message":{"id":"m","model":"c"})") +
         event("message_delta", R"(,"delta":{"stop_reason":")" + c.native + R"("})") +
         event("message_stop", "");
}

}  // namespace

TEST_CASE("the reason of an answer's end") {
  constexpr Format anthropic = Format::anthropic;
  constexpr Format gemini = Format::gemini;
  const std::string call = R"({"functionCall":{"id":"c","name":"f"}})";
  const Case cases[] = {
      {"claude: has said all", anthropic, "end_turn", "stop"},
      {"claude: a stop sequence", anthropic, "stop_sequence", "stop"},
      {"claude: a pause", anthropic, "pause_turn", "stop"},
      {"claude: the limit", anthropic, "max_tokens", "length"},
      {"claude: the model's window", anthropic, "model_context_window_exceeded", "length"},
      {"claude: a call", anthropic, "tool_use", "tool_calls"},
      {"claude: a refusal", anthropic, "refusal", "content_filter"},
      {"claude: a word that nobody knows", anthropic, "bored", "stop", true},
      {"gemini: has said all", gemini, "STOP", "stop"},
      {"gemini: another reason", gemini, "OTHER", "stop"},
      {"gemini: no reason", gemini, "FINISH_REASON_UNSPECIFIED", "stop"},
      {"gemini: too many calls", gemini, "TOO_MANY_TOOL_CALLS", "stop"},
      {"gemini: the limit", gemini, "MAX_TOKENS", "length"},
      {"gemini: to be continued", gemini, "CONTINUATION", "length"},
      {"gemini: a call", gemini, "STOP", "tool_calls", false, call},
      {"gemini: a call behind a text", gemini, "STOP", "tool_calls", false,
       R"({"text":"a"},)" + call},
      {"gemini: a call, and then the limit", gemini, "MAX_TOKENS", "length", false, call},
      {"gemini: safety", gemini, "SAFETY", "content_filter"},
      {"gemini: safety behind a call", gemini, "SAFETY", "content_filter", false, call},
      {"gemini: recitation", gemini, "RECITATION", "content_filter"},
      {"gemini: language", gemini, "LANGUAGE", "content_filter"},
      {"gemini: a word on the list", gemini, "BLOCKLIST", "content_filter"},
      {"gemini: prohibited", gemini, "PROHIBITED_CONTENT", "content_filter"},
      {"gemini: personal data", gemini, "SPII", "content_filter"},
      {"gemini: an image that is not safe", gemini, "IMAGE_SAFETY", "content_filter"},
      {"gemini: an image that is prohibited", gemini, "IMAGE_PROHIBITED_CONTENT", "content_filter"},
      {"gemini: an image of a kind to come", gemini, "IMAGE_TO_COME", "content_filter"},
      {"gemini: a malformed call", gemini, "MALFORMED_FUNCTION_CALL", "stop", true},
      {"gemini: an unexpected call", gemini, "UNEXPECTED_TOOL_CALL", "stop", true},
      {"gemini: a malformed answer", gemini, "MALFORMED_RESPONSE", "stop", true},
      {"gemini: a word that nobody knows", gemini, "BORED", "stop", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string native = c.kept ? c.native : "";
    const Result<ChatAnswer> answer = parse_answer(c.format, answer_of(c), "req_1");
    REQUIRE(answer.has_value());
    CHECK(answer->choices.front().finish_reason == c.reason);
    CHECK(answer->choices.front().native_finish_reason == native);

    const std::string events = run_stream(c.format, {stream_of(c)});
    const std::string end =
        " finish0(" + std::string(c.reason) + (c.kept ? "," + native : "") + ") done";
    CHECK_MESSAGE(events.ends_with(end), events);
  }
}
