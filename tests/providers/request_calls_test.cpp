// Histories with calls of tools, as each provider wants them.
#include <doctest/doctest.h>

#include "tests/providers/request_case.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

namespace {

const std::string question = R"({"role":"user","content":"q"})";

std::string call(const std::string& id, const std::string& name, const std::string& arguments,
                 const std::string& more = "") {
  return R"({"id":")" + id + R"(","type":"function","function":{"name":")" + name +
         R"(","arguments":)" + arguments + "}" + more + "}";
}
std::string signed_call(const std::string& id, const std::string& name) {
  return call(id, name, R"("{}")", R"(,"extra_content":{"google":{"thought_signature":"S"}})");
}
std::string assistant(const std::string& calls, const std::string& content = "null") {
  return R"({"role":"assistant","content":)" + content + R"(,"tool_calls":[)" + calls + "]}";
}
std::string result(const std::string& id, const std::string& text) {
  return R"({"role":"tool","tool_call_id":")" + id + R"(","content":")" + text + R"("})";
}
std::string request(const std::string& messages) {
  return R"({"messages":[)" + question + "," + messages + R"(],"max_tokens":1})";
}

std::string claude(const std::string& messages) {
  return R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},)" +
         messages + "]}";
}
std::string claude_call(const std::string& id, const std::string& input) {
  return R"({"type":"tool_use","id":")" + id + R"(","name":"f","input":)" + input + "}";
}
std::string claude_message(const std::string& role, const std::string& blocks) {
  return R"({"role":")" + role + R"(","content":[)" + blocks + "]}";
}
std::string claude_result(const std::string& id, const std::string& text) {
  return R"({"type":"tool_result","tool_use_id":")" + id + R"(","content":")" + text + R"("})";
}

std::string gemini(const std::string& contents) {
  return R"({"generationConfig":{"maxOutputTokens":1},"contents":[{"role":"user","parts":[{"text":"q"}]},)" +
         contents + "]}";
}
std::string gemini_call(const std::string& id, const std::string& name, const std::string& args,
                        const std::string& signature = "") {
  return R"({"functionCall":{"id":")" + id + R"(","name":")" + name + R"(","args":)" + args + "}" +
         (signature.empty() ? "" : R"(,"thoughtSignature":")" + signature + "\"") + "}";
}
std::string gemini_content(const std::string& role, const std::string& parts) {
  return R"({"role":")" + role + R"(","parts":[)" + parts + "]}";
}
std::string gemini_result(const std::string& id, const std::string& name, const std::string& text) {
  return R"({"functionResponse":{"id":")" + id + R"(","name":")" + name +
         R"(","response":{"output":")" + text + R"("}}})";
}

const std::string claude_text = R"({"type":"text","text":"t"})";
const std::string user_text = R"({"role":"user","content":"t"})";

}  // namespace

TEST_CASE("calls in Claude's history") {
  const std::string sonnet = "claude-sonnet-5";
  const std::string f = call("c", "f", R"("{}")");
  const std::string done = claude_message("user", claude_result("c", "1"));
  check_requests({
      {"a text comes before its calls", sonnet,
       request(assistant(f, R"("t")") + "," + result("c", "1")),
       claude(claude_message("assistant", claude_text + "," + claude_call("c", "{}")) + "," +
              done)},
      {"an empty text beside calls is none", sonnet,
       request(assistant(f, R"("")") + "," + result("c", "1")),
       claude(claude_message("assistant", claude_call("c", "{}")) + "," + done)},
      {"arguments of an empty text are an empty object", sonnet,
       request(assistant(call("c", "f", R"("")")) + "," + result("c", "1")),
       claude(claude_message("assistant", claude_call("c", "{}")) + "," + done)},
      {"arguments are parsed", sonnet,
       request(assistant(call("c", "f", R"("{\"a\":{\"b\":[1,null,\"€\"]}}")")) + "," +
               result("c", "1")),
       claude(claude_message("assistant", claude_call("c", R"({"a":{"b":[1,null,"€"]}})")) + "," +
              done)},
      {"a text between a call and its result comes behind both", sonnet,
       request(assistant(f) + "," + user_text + "," + result("c", "1")),
       claude(claude_message("assistant", claude_call("c", "{}")) + "," +
              claude_message("user", claude_result("c", "1") + "," + claude_text))},
      {"an id is changed where it is one, not in a text", sonnet,
       request(assistant(call("f.x:0", "f", R"("{\"id\":\"f.x:0\"}")"), R"("f.x:0")") + "," +
               result("f.x:0", "f.x:0")),
       claude(claude_message("assistant", R"({"type":"text","text":"f.x:0"},)" +
                                              claude_call("f_x_0", R"({"id":"f.x:0"})")) +
              "," + claude_message("user", claude_result("f_x_0", "f.x:0")))},
      {"an id that is taken already is made another", sonnet,
       request(assistant(call("a_b", "f", R"("{}")") + "," + call("a.b", "f", R"("{}")")) + "," +
               result("a_b", "1") + "," + result("a.b", "2")),
       claude(
           claude_message("assistant",
                          claude_call("a_b", "{}") + "," + claude_call("a_b_1", "{}")) +
           "," +
           claude_message("user", claude_result("a_b", "1") + "," + claude_result("a_b_1", "2")))},
  });
}

TEST_CASE("calls in Gemini's history") {
  const std::string flash = "gemini-3.8-flash";
  const std::string old = "gemini-2.5-flash";
  const std::string lost = "skip_thought_signature_validator";
  const std::string f = call("c", "f", R"("{}")");
  const std::string called = gemini_content("model", gemini_call("c", "f", "{}"));
  const std::string done = gemini_content("user", gemini_result("c", "f", "1"));
  check_requests({
      {"a text comes before its calls", old,
       request(assistant(f, R"("t")") + "," + result("c", "1")),
       gemini(gemini_content("model", R"({"text":"t"},)" + gemini_call("c", "f", "{}")) + "," +
              done)},
      {"arguments of an empty text are an empty object", old,
       request(assistant(call("c", "f", R"("")")) + "," + result("c", "1")),
       gemini(called + "," + done)},
      {"arguments are parsed", old,
       request(assistant(call("c", "f", R"("{\"a\":{\"b\":[1,null,\"€\"]}}")")) + "," +
               result("c", "1")),
       gemini(gemini_content("model", gemini_call("c", "f", R"({"a":{"b":[1,null,"€"]}})")) + "," +
              done)},
      {"a text between a call and its result comes behind both, alone", old,
       request(assistant(f) + "," + user_text + "," + result("c", "1")),
       gemini(called + "," + done + "," + gemini_content("user", R"({"text":"t"})"))},
      {"an id keeps its characters", old,
       request(assistant(call("f.x:0", "f", R"("{}")")) + "," + result("f.x:0", "1")),
       gemini(gemini_content("model", gemini_call("f.x:0", "f", "{}")) + "," +
              gemini_content("user", gemini_result("f.x:0", "f", "1")))},
      {"a result bears the name of its call", old,
       request(assistant(call("c1", "f", R"("{}")") + "," + call("c2", "g", R"("{}")")) + "," +
               result("c2", "2") + "," + result("c1", "42")),
       gemini(gemini_content("model",
                             gemini_call("c1", "f", "{}") + "," + gemini_call("c2", "g", "{}")) +
              "," +
              gemini_content(
                  "user", gemini_result("c2", "g", "2") + "," + gemini_result("c1", "f", "42")))},
      {"without any signature each call bears the word for it", flash,
       request(assistant(call("c1", "f", R"("{}")") + "," + call("c2", "g", R"("{}")")) + "," +
               result("c1", "1") + "," + result("c2", "2")),
       gemini(gemini_content("model", gemini_call("c1", "f", "{}", lost) + "," +
                                          gemini_call("c2", "g", "{}", lost)) +
              "," +
              gemini_content("user",
                             gemini_result("c1", "f", "1") + "," + gemini_result("c2", "g", "2")))},
      {"each turn is signed by itself", flash,
       request(assistant(signed_call("c1", "f")) + "," + result("c1", "1") + "," +
               assistant(call("c2", "g", R"("{}")")) + "," + result("c2", "2")),
       gemini(gemini_content("model", gemini_call("c1", "f", "{}", "S")) + "," +
              gemini_content("user", gemini_result("c1", "f", "1")) + "," +
              gemini_content("model", gemini_call("c2", "g", "{}", lost)) + "," +
              gemini_content("user", gemini_result("c2", "g", "2")))},
  });
}

TEST_CASE("OpenAI's old functions become tools") {
  const std::string history =
      R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"42"}],"max_tokens":1,"functions":[{"name":"f"}])";
  const std::string claude_history =
      R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},)" +
      claude_message("assistant", claude_call("call_1", "{}")) + "," +
      claude_message("user", claude_result("call_1", "42")) +
      R"(],"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}])";
  const std::string gemini_history =
      R"({"generationConfig":{"maxOutputTokens":1},"contents":[{"role":"user","parts":[{"text":"q"}]},)" +
      gemini_content("model", gemini_call("call_1", "f", "{}")) + "," +
      gemini_content("user", gemini_result("call_1", "f", "42")) +
      R"(],"tools":[{"functionDeclarations":[{"name":"f"}]}])";
  check_requests({
      {"claude: none chosen", "claude-sonnet-5", history + "}", claude_history + "}"},
      {"claude: a choice in a word", "claude-sonnet-5", history + R"(,"function_call":"none"})",
       claude_history + R"(,"tool_choice":{"type":"none"}})"},
      {"gemini: none chosen", "gemini-2.5-flash", history + "}", gemini_history + "}"},
      {"gemini: one by its name", "gemini-2.5-flash", history + R"(,"function_call":{"name":"f"}})",
       gemini_history +
           R"(,"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}})"},
  });
}
