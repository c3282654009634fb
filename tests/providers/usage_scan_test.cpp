// Token counts, read out of answers that go by.
#include "daemon/providers/usage_scan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace byok;
using namespace byok::providers;

namespace {

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }

struct Case {
  std::string_view name;
  Format format;
  bool events;
  std::string answer;
  std::string
      counts;  // input/output, "-" where none are told, and "!" behind where it tells an error
};

const Case cases[] = {
    {"openai: chat completion", Format::openai, false,
     R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}],)"
     R"("usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,)"
     R"("prompt_tokens_details":{"cached_tokens":4},)"
     R"("completion_tokens_details":{"reasoning_tokens":1}}})",
     "9/2"},
    {"openai: stream with usage", Format::openai, true,
     event(R"({"choices":[{"delta":{"content":"hi"}}],"usage":null})") +
         event(
             R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})") +
         event("[DONE]"),
     "1/2"},
    {"openai: stream that tells none", Format::openai, true,
     event(R"({"choices":[{"delta":{"content":"\"usage\":{\"prompt_tokens\":7}"}}]})") +
         event("[DONE]"),
     "-"},
    {"openai: responses", Format::openai, false,
     R"({"object":"response","output":[],"usage":{"input_tokens":5,)"
     R"("input_tokens_details":{"cached_tokens":3},"output_tokens":6,)"
     R"("output_tokens_details":{"reasoning_tokens":2},"total_tokens":11}})",
     "5/6"},
    {"openai: responses streamed", Format::openai, true,
     "event: response.created\n" +
         event(R"({"type":"response.created","response":{"id":"r","usage":null}})") +
         "event: response.completed\n" +
         event(R"({"type":"response.completed","response":{"output":[{"content":[{"text":"x"}]}],)"
               R"("usage":{"input_tokens":5,"output_tokens":6,"total_tokens":11}}})"),
     "5/6"},
    {"openai: embeddings", Format::openai, false,
     R"({"data":[{"embedding":[0.1,-2e-3]}],"usage":{"prompt_tokens":8,"total_tokens":8}})", "8/0"},
    {"openai: transcription streamed", Format::openai, true,
     event(R"({"type":"transcript.text.done","text":"t","usage":{"type":"tokens",)"
           R"("input_tokens":14,"output_tokens":3,"total_tokens":17}})"),
     "14/3"},
    {"groq: stream that tells them its own way", Format::openai, true,
     event(R"({"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":1,)"
           R"("completion_tokens":2,"total_tokens":3}}})"),
     "1/2"},
    {"openai: what a tool returned is not taken for it", Format::openai, false,
     R"({"usage":{"prompt_tokens":1,"completion_tokens":1},"choices":[{"usage":)"
     R"({"prompt_tokens":99},"message":{"usage":{"prompt_tokens":98}}}]})",
     "1/1"},
    {"anthropic: message", Format::anthropic, false,
     R"({"content":[{"type":"tool_use","input":{"usage":{"input_tokens":99}}}],)"
     R"("usage":{"input_tokens":3,"cache_read_input_tokens":100,)"
     R"("cache_creation_input_tokens":20,"output_tokens":5}})",
     "123/5"},
    {"anthropic: stream", Format::anthropic, true,
     "event: message_start\r\n"
     R"(data: {"type":"message_start","message":{"content":[],"usage":{"input_tokens":5,)"
     "\"output_tokens\":1}}}\r\n\r\nevent: ping\r\ndata: {\"type\":\"ping\"}\r\n\r\n"
     R"(data: {"type":"message_delta","delta":{},"usage":{"output_tokens":9,)"
     "\"input_tokens\":null}}\r\n\r\n",
     "5/9"},
    {"anthropic: stream that broke off", Format::anthropic, true,
     event(R"({"message":{"usage":{"input_tokens":5,"output_tokens":1}}})") +
         R"(data: {"usage":{"output_tok)",
     "5/1"},
    {"anthropic: its layer for OpenAI's clients", Format::anthropic, false,
     R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})", "1/2"},
    {"gemini: answer", Format::gemini, false,
     R"({"candidates":[{"content":{"parts":[{"functionCall":{"args":{"usageMetadata":)"
     R"({"promptTokenCount":99}}}}]}}],"usageMetadata":{"promptTokenCount":3,)"
     R"("candidatesTokenCount":2,"thoughtsTokenCount":4,"totalTokenCount":9}})",
     "3/6"},
    {"gemini: stream, the last counts", Format::gemini, true,
     event(R"({"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}})") +
         event(R"({"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}})"),
     "3/2"},
    {"gemini: stream as an array", Format::gemini, false,
     "[{\"usageMetadata\": {\"promptTokenCount\": 3}}\n,\r\n"
     R"({"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":7}}])",
     "3/7"},
    {"gemini: interactions", Format::gemini, true,
     event(R"({"interaction":{"usage":{"total_input_tokens":2,"total_output_tokens":3,)"
           R"("total_thought_tokens":4,"total_tokens":9}}})"),
     "2/7"},
    {"gemini: embeddings, deep and flat", Format::gemini, false,
     R"({"embedding":{"values":[0.1,0.2,{"x":"y"},0.3]},"usageMetadata":{"promptTokenCount":4}})",
     "4/0"},
    {"names that only begin alike", Format::openai, false,
     R"({"usage_more":{"prompt_tokens":1},"usag":{"prompt_tokens":1},"usageMetadataMore12345":)"
     R"({"promptTokenCount":1},"\u0075sage":{"prompt_tokens":1}})",
     "-"},
    {"a value that is called so", Format::openai, false,
     R"({"type":"usage","object":{"prompt_tokens":1},"list":["usage",{"prompt_tokens":1}]})", "-"},
    {"usage that is no object", Format::openai, false, R"({"usage":[{"prompt_tokens":1}]})", "-"},
    {"counts that are none", Format::openai, false,
     R"({"usage":{"prompt_tokens":-1,"completion_tokens":"2","input_tokens":1.5,"output_tokens":null}})",
     "-"},
    {"event over several lines, carriage returns alone", Format::openai, true,
     "id: 1\rdata: {\"choices\":[],\rdata: \"usage\":{\"prompt_tokens\":1}}\r\r", "1/0"},
    {"an event cut off by the next one", Format::openai, true,
     "data: {\"choices\":[{\"x\":\"\n\n" + event(R"({"usage":{"prompt_tokens":1}})"), "1/0"},
    {"no JSON", Format::openai, false, "}}]] <html>\"usage\": {\"prompt_tokens\":1", "-"},
    {"members that are no counts", Format::openai, false,
     R"({"usage":{"x":")" + std::string(20'000, 'x') +
         R"(","y":[{"prompt_tokens":9}],"z":)"
         R"({"prompt_tokens":9}, "prompt_tokens" : 5 , "cost":7},"id":"1"})",
     "5/0"},
    {"openai: a stream that fails", Format::openai, true,
     event(R"({"choices":[],"usage":{"prompt_tokens":1}})") +
         event(R"({"error":{"message":"m","type":"server_error"}})"),
     "1/0!"},
    {"openai: responses that fail", Format::openai, true,
     event(R"({"type":"response.failed","response":{"error":{"code":"server_error"},)"
           R"("usage":{"input_tokens":5,"output_tokens":6}}})"),
     "5/6!"},
    {"openai: responses' event of an error", Format::openai, true,
     event(R"({"type" : "error" , "code":"server_error","message":"m"})"), "-!"},
    {"anthropic: a stream that fails", Format::anthropic, true,
     event(R"({"message":{"usage":{"input_tokens":5,"output_tokens":1}}})") + "event: error\n" +
         event(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})"),
     "5/1!"},
    {"gemini: an array that fails", Format::gemini, false,
     R"([{"usageMetadata":{"promptTokenCount":3}},{"error":{"code":503}}])", "3/0!"},
    {"openai: a job whose error says nothing", Format::openai, false,
     R"({"object":"fine_tuning.job","error":{"code":null,"message":null},"type":"error"})", "-"},
    {"members called error that are none", Format::openai, true,
     R"(data: {"error":null,"a":"error","type":{"error":1},"kind":["error"],"type":["error"],)"
     R"("response":{"error":null,"type":"error"},"choices":[{"error":{"code":1},"type":"error"}]})",
     "-"},
    {"more than any count", Format::openai, false,
     R"({"usage":{"prompt_tokens":99999999999999999999999,"completion_tokens":1}})", "0/1"},
};

std::string scanned(const Case& c, const std::vector<std::string_view>& pieces) {
  UsageScan scan(c.format, c.events);
  // Each piece is gone once it was fed.
  for (std::string_view piece : pieces) {
    const std::vector<char> gone(piece.begin(), piece.end());
    scan.feed({gone.data(), gone.size()});
  }
  const std::string failed = scan.failed() ? "!" : "";
  const auto counts = scan.counts();
  if (!counts) return "-" + failed;
  return std::to_string(counts->input) + "/" + std::to_string(counts->output) + failed;
}

}  // namespace

TEST_CASE("counts are found in whole answers, and however they are cut") {
  for (const Case& c : cases) {
    const std::string name(c.name);
    CAPTURE(name);
    const std::string_view whole = c.answer;
    CHECK(scanned(c, {whole}) == c.counts);
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < whole.size(); ++i) bytes.push_back(whole.substr(i, 1));
    CHECK(scanned(c, bytes) == c.counts);
    if (whole.size() > 5'000) continue;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
      CAPTURE(cut);
      CHECK(scanned(c, {whole.substr(0, cut), whole.substr(cut)}) == c.counts);
    }
  }
}
