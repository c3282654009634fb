#include "daemon/providers/ai_chat.hpp"

#include <doctest/doctest.h>

#include "tests/providers/support.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

TEST_CASE("a chat request is taken apart") {
  struct Case {
    std::string_view name;
    const char* body;
    const char* request;
    const char* model;
    bool stream;
  };
  const Case cases[] = {
      {"the least", R"({"model":"gpt-4o","messages":[{"role":"user","content":"q"}]})",
       R"({"messages":[{"role":"user","content":"q"}]})", "gpt-4o", false},
      {"byokd's own names",
       R"({"model":"openai/gpt-4o","stream":true,"systemPrompt":"s","maxTokens":9,"temperature":0.5,"messages":[{"role":"user","content":"q"}],"tools":[]})",
       R"({"temperature":0.5,"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"tools":[],"max_tokens":9})",
       "openai/gpt-4o", true},
      {"null is absent",
       R"({"model":"m","stream":null,"systemPrompt":null,"maxTokens":null,"max_tokens":3,"messages":[{"role":"user"}]})",
       R"({"max_tokens":3,"messages":[{"role":"user"}]})", "m", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<AiChat> chat = parse_ai_chat(c.body);
    REQUIRE(chat.has_value());
    CHECK(json::serialize(chat->request) == json::serialize(parse(c.request)));
    CHECK(chat->model == c.model);
    CHECK(chat->stream == c.stream);
  }
}

TEST_CASE("a chat request that is wrong is refused by the field's name") {
  struct Case {
    std::string_view name;
    std::string body;
    Errc code;
    const char* named;
  };
  constexpr Errc bad = Errc::bad_request;
#define MODEL R"("model":"m")"
#define MESSAGES R"("messages":[{"role":"user","content":"q"}])"
  const Case cases[] = {
      {"not JSON", "{", Errc::invalid_json, "the body"},
      {"empty", "", Errc::invalid_json, "the body"},
      {"broken UTF-8", "{\"model\":\"\xFF\"}", Errc::invalid_json, "the body"},
      {"too deep", std::string(200, '['), Errc::invalid_json, "the body"},
      {"more behind it", "{} {}", Errc::invalid_json, "the body"},
      {"an array", "[]", bad, "the body"},
      {"no model", "{" MESSAGES "}", bad, "model "},
      {"empty model", R"({"model":"",)" MESSAGES "}", bad, "model "},
      {"long model", R"({"model":")" + std::string(257, 'm') + R"(",)" MESSAGES "}", bad, "model "},
      {"model of a number", R"({"model":4,)" MESSAGES "}", bad, "model "},
      {"stream", "{" MODEL "," MESSAGES R"(,"stream":"yes"})", bad, "stream "},
      {"systemPrompt", "{" MODEL "," MESSAGES R"(,"systemPrompt":["s"]})", bad, "systemPrompt "},
      {"maxTokens", "{" MODEL "," MESSAGES R"(,"maxTokens":-1})", bad, "maxTokens "},
      {"maxTokens fraction", "{" MODEL "," MESSAGES R"(,"maxTokens":1.5})", bad, "maxTokens "},
      {"both spellings", "{" MODEL "," MESSAGES R"(,"maxTokens":1,"max_tokens":1})", bad,
       "maxTokens "},
      {"no messages", "{" MODEL "}", bad, "messages "},
      {"empty messages", "{" MODEL R"(,"messages":[]})", bad, "messages "},
      {"messages of a string", "{" MODEL R"(,"messages":"q"})", bad, "messages "},
      {"message of a string", "{" MODEL R"(,"messages":["q"]})", bad, "messages[0] "},
      {"no role", "{" MODEL R"(,"messages":[{"role":"user"},{"content":"q"}]})", bad,
       "messages[1] "},
  };
#undef MODEL
#undef MESSAGES
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Result<AiChat> chat = parse_ai_chat(c.body);
    REQUIRE(chat.has_error());
    CHECK(chat.error().code == c.code);
    CHECK_MESSAGE(chat.error().message().starts_with(c.named), chat.error().message());
  }
}

TEST_CASE("errors name messages by the numbers that the caller gave them") {
  struct Case {
    std::string parameter, message, renumbered_parameter, renumbered_message;
  };
  const Case cases[] = {
      {"messages[1].role", "messages[1].role is wrong", "messages[0].role",
       "messages[0].role is wrong"},
      {"messages[12]", "see messages[12] and messages[3]", "messages[11]",
       "see messages[11] and messages[3]"},
      {"messages[0].content", "messages[0].content is empty", "systemPrompt.content",
       "systemPrompt.content is empty"},
      {"messages", "messages is empty", "messages", "messages is empty"},
      {"tools[1]", "tools[1] is wrong", "tools[1]", "tools[1] is wrong"},
      {"", "all is wrong", "", "all is wrong"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.parameter);
    const Error error = renumbered({Errc::unsupported_parameter, c.message, c.parameter});
    CHECK(error.code == Errc::unsupported_parameter);
    CHECK(error.parameter() == c.renumbered_parameter);
    CHECK(error.message() == c.renumbered_message);
  }
  CHECK(parse_ai_chat(R"({"model":"m","messages":[{"role":"user"}],"systemPrompt":"s"})")
            ->has_system_prompt);
  CHECK_FALSE(parse_ai_chat(R"({"model":"m","messages":[{"role":"user"}]})")->has_system_prompt);
}

TEST_CASE("an answer is written with its members in order") {
  const ChatContext context{"openai", "gpt-4o", "tenant", "req_1"};
  ChatAnswer answer;
  answer.model = "gpt-4o-2024";
  answer.usage = {.prompt = 3, .completion = 2, .total = 5};
  ChatChoice& choice = answer.choices.emplace_back();
  choice.text = "hi";
  choice.finish_reason = "stop";
  CHECK(
      write_ai_answer(answer, context) ==
      R"({"text":"hi","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"provider":"openai","model":"gpt-4o-2024","keySource":"tenant","logId":"req_1","inputTokens":3,"outputTokens":2,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})");

  answer.model.clear();
  choice.text.reset();
  choice.tool_calls = parse(R"([{"id":"t"}])").as_array();
  choice.reasoning = "hm";
  CHECK(
      write_ai_answer(answer, context) ==
      R"({"text":"","choices":[{"message":{"role":"assistant","content":null},"finish_reason":"stop"}],"toolCalls":[{"id":"t"}],"reasoning":"hm","provider":"openai","model":"gpt-4o","keySource":"tenant","logId":"req_1","inputTokens":3,"outputTokens":2,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})");

  choice.refusal = "no";
  CHECK(write_ai_answer(answer, context)
            .starts_with(
                R"({"text":"no","choices":[{"message":{"role":"assistant","content":"no"})"));
}

TEST_CASE("each event of a stream has its line") {
  AiChatStream stream({"gemini", "gemini-pro", "global", "req_1"});
  struct Case {
    std::string_view name;
    ChatEvent event;
    const char* lines;
  };
  const Case cases[] = {
      {"start", StreamStart{"id", ""}, ""},
      {"text", ContentDelta{0, "h\"i"},
       "data: {\"delta\":{\"content\":\"h\\\"i\"},\"done\":false}\n\n"},
      {"second choice", ContentDelta{1, "x"},
       "data: {\"delta\":{\"content\":\"x\"},\"index\":1,\"done\":false}\n\n"},
      {"reasoning", ReasoningDelta{0, "hm"},
       "data: {\"delta\":{\"reasoning\":\"hm\"},\"done\":false}\n\n"},
      {"refusal", RefusalDelta{0, "no"},
       "data: {\"delta\":{\"content\":\"no\"},\"done\":false}\n\n"},
      {"tool", ToolDelta{0, {{"index", 0}}},
       "data: {\"delta\":{\"toolCalls\":[{\"index\":0}]},\"done\":false}\n\n"},
      {"finish", Finish{0, "length", ""}, ""},
      {"finish of another choice", Finish{1, "stop", ""}, ""},
      {"usage", Usage{.prompt = 3, .completion = 2, .total = 5}, ""},
      {"done", StreamDone{},
       "data: {\"done\":true,\"logId\":\"req_1\",\"provider\":\"gemini\",\"model\":\"gemini-pro\","
       "\"keySource\":\"global\",\"inputTokens\":3,\"outputTokens\":2,\"finishReason\":\"length\"}"
       "\n\n"},
      {"error", Error{Errc::provider_error, "boom"},
       "data: "
       "{\"error\":\"PROVIDER_ERROR\",\"message\":\"boom\",\"requestId\":\"req_1\",\"done\":true}"
       "\n\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::string lines;
    stream.write(c.event, lines);
    CHECK(lines == c.lines);
  }
}
