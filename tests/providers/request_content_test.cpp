// What a conversation is made of beside plain text, in the other providers' formats: attachments,
// calls of tools and their results, thinking.
#include <doctest/doctest.h>

#include "tests/providers/request_case.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

namespace {

// A conversation up to the results of a call of f; `call` is put among the call's members.
std::string with_call(const std::string& id, const std::string& call, const std::string& result,
                      const std::string& more = "") {
  return R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":")" +
         id + R"(","type":"function")" + call + "}]" + R"(},{"role":"tool","tool_call_id":")" + id +
         R"(","content":)" + result + "}" + more + R"(],"max_tokens":1})";
}
const std::string call_f = R"(,"function":{"name":"f","arguments":"{\"a\":1}"})";

std::string claude(const std::string& messages) {
  return R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},)" +
         messages + "]}";
}
std::string gemini_body(const std::string& contents) {
  return R"({"generationConfig":{"maxOutputTokens":1},"contents":[{"role":"user","parts":[{"text":"q"}]},)" +
         contents + "]}";
}
std::string one_part(const std::string& part) {
  return R"({"messages":[{"role":"user","content":[)" + part + R"(]}],"max_tokens":1})";
}
std::string claude_part(const std::string& block) {
  return R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[)" +
         block + "]}]}";
}
std::string gemini_part(const std::string& part) {
  return R"({"generationConfig":{"maxOutputTokens":1},"contents":[{"role":"user","parts":[)" +
         part + "]}]}";
}
std::string image(const std::string& url) {
  return one_part(R"({"type":"image_url","image_url":{"url":")" + url + R"("}})");
}

}  // namespace

TEST_CASE("attachments") {
  check_requests({
      {"claude: jpg is jpeg", "claude-sonnet-5", image("data:image/jpg;base64,AA"),
       claude_part(
           R"({"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA"}})")},
      {"claude: a media type's parameters go", "claude-sonnet-5",
       image("data:image/png;charset=x;base64,AA"),
       claude_part(
           R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}})")},
      {"claude: a PDF is a document", "claude-sonnet-5", image("data:application/pdf;base64,AA"),
       claude_part(
           R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}})")},
      {"claude: an image by URL", "claude-sonnet-5", image("https://a/b"),
       claude_part(R"({"type":"image","source":{"type":"url","url":"https://a/b"}})")},
      {"claude: a PDF by URL", "claude-sonnet-5", image("https://a/b.PDF?x=1"),
       claude_part(R"({"type":"document","source":{"type":"url","url":"https://a/b.PDF?x=1"}})")},
      {"claude: a file", "claude-sonnet-5",
       one_part(
           R"({"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}})"),
       claude_part(
           R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"},"title":"a.pdf"})")},
      {"claude: a text file", "claude-sonnet-5",
       one_part(R"({"type":"file","file":{"file_data":"data:text/csv;base64,YSxi"}})"),
       claude_part(
           R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"a,b"}})")},
      {"claude: a file by URL is a document", "claude-sonnet-5",
       one_part(R"({"type":"file","file":{"file_data":"https://a/report?id=1"}})"),
       claude_part(R"({"type":"document","source":{"type":"url","url":"https://a/report?id=1"}})")},
      {"gemini: an image", "gemini-3.8-flash", image("data:image/jpg;base64,AA"),
       gemini_part(R"({"inlineData":{"mimeType":"image/jpeg","data":"AA"}})")},
      {"gemini: a media type's parameters go", "gemini-3.8-flash",
       image("data:image/png;charset=x;base64,AA"),
       gemini_part(R"({"inlineData":{"mimeType":"image/png","data":"AA"}})")},
      {"gemini: a PDF", "gemini-3.8-flash", image("data:application/pdf;base64,AA"),
       gemini_part(R"({"inlineData":{"mimeType":"application/pdf","data":"AA"}})")},
      {"gemini: sound in wav", "gemini-3.8-flash",
       one_part(R"({"type":"input_audio","input_audio":{"data":"AA","format":"wav"}})"),
       gemini_part(R"({"inlineData":{"mimeType":"audio/wav","data":"AA"}})")},
      {"gemini: an image by URL", "gemini-3.8-flash", image("https://a/b.webp"),
       gemini_part(R"({"fileData":{"mimeType":"image/webp","fileUri":"https://a/b.webp"}})")},
      {"gemini: sound", "gemini-3.8-flash",
       one_part(R"({"type":"input_audio","input_audio":{"data":"AA","format":"mp3"}})"),
       gemini_part(R"({"inlineData":{"mimeType":"audio/mp3","data":"AA"}})")},
      {"gemini: a file", "gemini-3.8-flash",
       one_part(R"({"type":"file","file":{"file_data":"data:application/pdf;base64,AA"}})"),
       gemini_part(R"({"inlineData":{"mimeType":"application/pdf","data":"AA"}})")},
      {"an image's detail is told as dropped", "gemini-3.8-flash",
       one_part(
           R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}})"),
       gemini_part(R"({"inlineData":{"mimeType":"image/png","data":"AA"}})"),
       "messages[0].content[0].image_url.detail"},
  });
}

TEST_CASE("calls of tools and their results") {
  const std::string claude_call =
      R"({"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":1}}]},)";
  const std::string two_calls =
      R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]},)";
  const std::string results =
      R"({"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"2"})";
  const std::string claude_two =
      R"({"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"tool_result","tool_use_id":"b","content":"2"},{"type":"text","text":"ok"}]})";
  const std::string gemini_two =
      R"({"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"b","name":"g","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":"1"}}},{"functionResponse":{"id":"b","name":"g","response":{"output":"2"}}}]},{"role":"user","parts":[{"text":"ok"}]})";
  const std::string user = R"({"role":"user","content":"ok"})";
  const std::string end = R"(],"max_tokens":1})";
  check_requests(
      {
          {"claude: only calls, no text block", "claude-sonnet-5",
           with_call("c1", call_f, R"("42")"),
           claude(
               claude_call +
               R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"42"}]})")},
          {"claude: a result that looks like an array is text", "claude-sonnet-5",
           with_call("c1", call_f, R"("[1,2]")"),
           claude(
               claude_call +
               R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"[1,2]"}]})")},
          {"claude: a result of parts", "claude-sonnet-5",
           with_call("c1", call_f, R"([{"type":"text","text":"4"},{"type":"text","text":"2"}])"),
           claude(
               claude_call +
               R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"4"},{"type":"text","text":"2"}]}]})")},
          {"claude: ids keep to its characters, on both sides", "claude-sonnet-5",
           with_call("f.x:0", call_f, R"("42")"),
           claude(
               R"({"role":"assistant","content":[{"type":"tool_use","id":"f_x_0","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"f_x_0","content":"42"}]})")},
          {"claude: ids that would become the same stay apart", "claude-sonnet-5",
           R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"a.b","type":"function","function":{"name":"f"}},{"id":"a:b","type":"function","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a:b","content":"2"},{"role":"tool","tool_call_id":"a.b","content":"1"}],"max_tokens":1})",
           claude(
               R"({"role":"assistant","content":[{"type":"tool_use","id":"a_b","name":"f","input":{}},{"type":"tool_use","id":"a_b_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a_b_1","content":"2"},{"type":"tool_result","tool_use_id":"a_b","content":"1"}]})")},
          {"claude: two results and a text are one turn", "claude-sonnet-5",
           two_calls + results + "," + user + end, claude(claude_two)},
          {"claude: a text before the results comes behind them", "claude-sonnet-5",
           two_calls + user + "," + results + end, claude(claude_two)},
          {"gemini: two results are one content, the text another", "gemini-3.8-flash",
           two_calls + results + "," + user + end, gemini_body(gemini_two)},
          {"gemini: a text before the results comes behind them", "gemini-3.8-flash",
           two_calls + user + "," + results + end, gemini_body(gemini_two)},
          {"gemini: a signature is given back, and only the first call has one", "gemini-3.8-flash",
           R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f"},"extra_content":{"google":{"thought_signature":"S"}}},{"id":"b","type":"function","function":{"name":"g"}}]},)" +
               results + end,
           gemini_body(
               R"({"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{}},"thoughtSignature":"S"},{"functionCall":{"id":"b","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":"1"}}},{"functionResponse":{"id":"b","name":"g","response":{"output":"2"}}}]})")},
          {"gemini: older models know no signatures", "gemini-2.5-flash",
           with_call("c1", call_f, R"("42")"),
           gemini_body(
               R"({"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":"42"}}}]})")},
          {"gemini: a result that is an array is put into an object", "gemini-2.5-flash",
           with_call("c1", call_f, R"("[1,2]")"),
           gemini_body(
               R"({"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":"[1,2]"}}}]})")},
          {"gemini: a result that is an object stays one", "gemini-2.5-flash", with_call("c1", call_f, R"("{\"t\":1}")"), gemini_body(R"({"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"t":1}}}]})")},
          {"the old functions", "claude-sonnet-5",
           R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},{"role":"function","name":"f","content":"42"}],"max_tokens":1,"functions":[{"name":"f"}],"function_call":{"name":"f"}})",
           R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"42"}]}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"tool","name":"f"}})"},
      });
}

TEST_CASE("many calls, results and blocks cost no more each than few") {
  // Ids that are alike once they are written for Claude.
  constexpr int count = 20'000;
  json::array messages;
  json::array calls;
  json::array results;
  json::array thoughts;
  for (int i = 0; i < count; ++i) {
    std::string id(16, '.');
    for (std::size_t bit = 0; bit < id.size(); ++bit) {
      if ((i >> bit & 1) != 0) id[bit] = ':';
    }
    calls.push_back({{"id", id}, {"type", "function"}, {"function", {{"name", "f"}}}});
    results.push_back({{"role", "tool"}, {"tool_call_id", id}, {"content", "r"}});
    thoughts.push_back({{"type", "thinking"}, {"thinking", "t"}, {"index", 0}});
  }
  messages.push_back({{"role", "user"}, {"content", "q"}});
  messages.push_back({{"role", "assistant"},
                      {"tool_calls", std::move(calls)},
                      {"thinking_blocks", std::move(thoughts)}});
  for (int i = 0; i < count; ++i) messages.push_back({{"role", "user"}, {"content", "q"}});
  for (json::value& result : results) messages.push_back(std::move(result));
  const json::object request = {{"messages", std::move(messages)}};
  for (const auto& [format, model] : {std::pair{Format::anthropic, "claude-sonnet-5"},
                                      std::pair{Format::gemini, "gemini-3.8-flash"}}) {
    CHECK(translate_request(format, request, model, false).has_value());
  }
}

TEST_CASE("thinking is given back to the model that thought") {
  const auto request = [](const std::string& blocks) {
    return R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"t","reasoning_content":"r","thinking_blocks":)" +
           blocks +
           R"(,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"c1","content":"1"}],"max_tokens":1})";
  };
  const auto body = [](const std::string& blocks) {
    return claude(
        R"({"role":"assistant","content":[)" + blocks +
        R"(]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"1"}]})");
  };
  const std::string text = R"({"type":"text","text":"t"})";
  const std::string call = R"({"type":"tool_use","id":"c1","name":"f","input":{}})";
  const std::string thought = R"({"type":"thinking","thinking":"r","signature":"S"})";
  const std::string hidden = R"({"type":"redacted_thinking","data":"D"})";
  check_requests({
      {"as others write it: first of all", "claude-sonnet-5", request("[" + thought + "]"),
       body(thought + "," + text + "," + call)},
      {"where it was, without our own members", "claude-sonnet-5",
       request(
           R"([{"type":"thinking","thinking":"r","signature":"S","index":0,"model":"claude-sonnet-5"},{"type":"redacted_thinking","data":"D","index":2,"model":"claude-sonnet-5"}])"),
       body(thought + "," + text + "," + hidden + "," + call)},
      {"not another model's", "claude-sonnet-5",
       request(
           R"([{"type":"thinking","thinking":"r","signature":"S","index":0,"model":"claude-opus-5"}])"),
       body(text + "," + call)},
      {"nothing that is no thinking", "claude-sonnet-5",
       request(R"([{"type":"text","text":"x"},1])"), body(text + "," + call)},
      {"not to another provider", "gemini-2.5-flash", request("[" + thought + "]"),
       gemini_body(
           R"({"role":"model","parts":[{"text":"t"},{"functionCall":{"id":"c1","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":"1"}}}]})")},
  });
}
