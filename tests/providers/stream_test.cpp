#include <doctest/doctest.h>

#include "tests/providers/support.hpp"

using namespace byok;
using namespace byok::providers;
using namespace byok::providers::test;

namespace {

// An event of Anthropic's, whose data repeats its name.
std::string event(const std::string& type, const std::string& members = {}) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" +
         (members.empty() ? "" : "," + members) + "}\n\n";
}

std::string data(const std::string& text) { return "data: " + text + "\r\n\r\n"; }

const std::string message_start = event(
    "message_start",
    R"("message":{"id":"msg_1","model":"c","content":[],"usage":{"input_tokens":5,"output_tokens":1}})");
const std::string message_stop = event("message_stop");

std::string text_delta(const std::string& text) {
  return event("content_block_delta",
               R"("index":0,"delta":{"type":"text_delta","text":")" + text + "\"}");
}
std::string message_delta(const std::string& reason, const std::string& usage) {
  return event("message_delta", R"("delta":{"stop_reason":")" + reason + R"("},"usage":)" + usage);
}

std::string chunk(const std::string& choices) {
  return data(R"({"id":"c1","model":"m","choices":[)" + choices + "]}");
}

struct Case {
  std::string_view name;
  Format format;
  std::string stream;
  std::string events;
};

const Case cases[] = {
    {"openai: text, usage", Format::openai,
     chunk(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})") +
         chunk(R"({"index":0,"delta":{"content":"h€"},"finish_reason":null})") +
         chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})") +
         data(
             R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})") +
         data("[DONE]"),
     "start(c1,m) text0(h€) finish0(stop) usage(1/2/3 0+0+0) done"},
    {"openai: no DONE, comments, chunks without choices", Format::openai,
     ": hb\n\n" + data(R"({"obfuscation":"x"})") +
         chunk(R"({"index":0,"delta":{"content":"a"},"finish_reason":"length"})"),
     "start(c1,m) text0(a) finish0(length) done"},
    {"openai: data over several lines", Format::openai,
     "data: {\"choices\":[\ndata: {\"delta\":{\"content\":\"a\"},\ndata: "
     "\"finish_reason\":\"stop\"}]}\n\n",
     "start(,) text0(a) finish0(stop) done"},
    {"openai: reasoning, refusal and tool calls", Format::openai,
     chunk(R"({"delta":{"reasoning":"hm"}})") + chunk(R"({"delta":{"refusal":"no"}})") +
         chunk(R"({"delta":{"tool_calls":[{"index":0,"id":"t"}]},"finish_reason":"tool_calls"})") +
         data("[DONE]"),
     R"(start(c1,m) thought0(hm) refusal0(no) tool0({"index":0,"id":"t"}) finish0(tool_calls) done)"},
    {"openai: two choices, one without end", Format::openai,
     chunk(
         R"({"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{"content":"b"}})"),
     "start(c1,m) text0(a) finish0(stop) text1(b) error(the provider's stream broke off)"},
    {"openai: DONE without a reason", Format::openai,
     chunk(R"({"delta":{"content":"a"}})") + data("[DONE]"),
     "start(c1,m) text0(a) error(the provider's stream ended without a reason)"},
    {"openai: error in the middle", Format::openai,
     chunk(R"({"delta":{"content":"a"}})") + data(R"({"error":{"message":"boom"}})") +
         chunk(R"({"delta":{"content":"b"}})"),
     "start(c1,m) text0(a) error(boom)"},
    {"openai: a choice beyond all bounds", Format::openai,
     chunk(R"({"index":4000000000,"delta":{}})"),
     "start(c1,m) error(the provider's stream numbers a choice beyond all bounds)"},
    {"anthropic: text, ping, unknown events", Format::anthropic,
     message_start + event("ping") +
         event("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})") +
         text_delta("h€") + event("brand_new", R"("x":1)") +
         event("content_block_delta",
               R"("index":0,"delta":{"type":"signature_delta","signature":"s"})") +
         event("content_block_stop", R"("index":0)") +
         message_delta("end_turn", R"({"output_tokens":9,"input_tokens":null})") + message_stop,
     "start(chatcmpl-msg_1,c) text0(h€) finish0(stop) usage(5/9/14 0+0+0) done"},
    {"anthropic: tool calls are counted apart from blocks", Format::anthropic,
     message_start +
         event("content_block_start", R"("index":0,"content_block":{"type":"text","text":"a"})") +
         event("content_block_start",
               R"("index":1,"content_block":{"type":"thinking","thinking":""})") +
         event("content_block_delta",
               R"("index":1,"delta":{"type":"thinking_delta","thinking":"hm"})") +
         event("content_block_delta",
               R"("index":1,"delta":{"type":"signature_delta","signature":"S"})") +
         event("content_block_start",
               R"("index":2,"content_block":{"type":"tool_use","id":"t2","name":"f","input":{}})") +
         event("content_block_delta",
               R"("index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""})") +
         event("content_block_delta",
               R"("index":2,"delta":{"type":"input_json_delta","partial_json":":1}"})") +
         event("content_block_stop", R"("index":2)") +
         event("content_block_start",
               R"("index":3,"content_block":{"type":"tool_use","id":"t3","name":"g","input":{}})") +
         event("content_block_stop", R"("index":3)") +
         message_delta("tool_use", R"({"output_tokens":1})") + message_stop,
     R"(start(chatcmpl-msg_1,c) text0(a) thought0(hm) )"
     R"(thinking0({"type":"thinking","thinking":"hm","signature":"S","index":1}) )"
     R"(tool0({"index":0,"id":"t2","type":"function","function":{"name":"f","arguments":""}}) )"
     R"(tool0({"index":0,"function":{"arguments":"{\"a\""}}) )"
     R"(tool0({"index":0,"function":{"arguments":":1}"}}) )"
     R"(tool0({"index":1,"id":"t3","type":"function","function":{"name":"g","arguments":""}}) )"
     R"(tool0({"index":1,"function":{"arguments":"{}"}}) )"
     R"(finish0(tool_calls) usage(5/1/6 0+0+0) done)"},
    {"anthropic: an input count of null leaves the one of the start", Format::anthropic,
     message_start +
         message_delta(
             "end_turn",
             R"({"output_tokens":9,"input_tokens":null,"cache_read_input_tokens":null})") +
         message_stop,
     "start(chatcmpl-msg_1,c) finish0(stop) usage(5/9/14 0+0+0) done"},
    {"anthropic: the last of several counts is the whole", Format::anthropic,
     message_start +
         event("message_delta", R"("delta":{"stop_reason":null},"usage":{"output_tokens":3})") +
         message_delta("end_turn", R"({"output_tokens":9,"cache_read_input_tokens":2})") +
         message_stop,
     "start(chatcmpl-msg_1,c) finish0(stop) usage(7/9/16 2+0+0) done"},
    {"anthropic: a call without arguments", Format::anthropic,
     message_start +
         event("content_block_start",
               R"("index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}})") +
         event("content_block_delta",
               R"("index":0,"delta":{"type":"input_json_delta","partial_json":""})") +
         event("content_block_stop", R"("index":0)") + message_delta("tool_use", "{}") +
         message_stop,
     R"(start(chatcmpl-msg_1,c) )"
     R"(tool0({"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}) )"
     R"(tool0({"index":0,"function":{"arguments":"{}"}}) )"
     R"(finish0(tool_calls) usage(5/1/6 0+0+0) done)"},
    {"anthropic: a thought that is not shown", Format::anthropic,
     message_start +
         event("content_block_start",
               R"("index":0,"content_block":{"type":"thinking","thinking":"","signature":""})") +
         event("content_block_delta",
               R"("index":0,"delta":{"type":"signature_delta","signature":"S"})") +
         event("content_block_stop", R"("index":0)") + message_delta("end_turn", "{}") +
         message_stop,
     R"(start(chatcmpl-msg_1,c) )"
     R"(thinking0({"type":"thinking","thinking":"","signature":"S","index":0}) )"
     R"(finish0(stop) usage(5/1/6 0+0+0) done)"},
    {"anthropic: unknown blocks and deltas", Format::anthropic,
     message_start +
         event("content_block_start",
               R"("index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web"})") +
         event("content_block_delta",
               R"("index":0,"delta":{"type":"input_json_delta","partial_json":"{}"})") +
         event("content_block_stop", R"("index":0)") +
         event("content_block_delta", R"("index":1,"delta":{"type":"citations_delta"})") +
         message_delta("end_turn", "{}") + message_stop,
     "start(chatcmpl-msg_1,c) finish0(stop) usage(5/1/6 0+0+0) done"},
    {"anthropic: overloaded after text", Format::anthropic,
     message_start + text_delta("a") +
         event("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})") +
         message_stop,
     "start(chatcmpl-msg_1,c) text0(a) error(Overloaded)"},
    {"anthropic: no message_stop", Format::anthropic,
     message_start + text_delta("a") + message_delta("end_turn", "{}"),
     "start(chatcmpl-msg_1,c) text0(a) finish0(stop) error(the provider's stream broke off)"},
    {"anthropic: no stop reason", Format::anthropic, message_start + text_delta("a") + message_stop,
     "start(chatcmpl-msg_1,c) text0(a) error(the provider's stream ended without a reason)"},
    {"anthropic: refusal", Format::anthropic,
     message_start +
         event("message_delta",
               R"("delta":{"stop_reason":"refusal","stop_details":{"explanation":"no"}})") +
         message_stop,
     "start(chatcmpl-msg_1,c) refusal0(no) finish0(content_filter) usage(5/1/6 0+0+0) done"},
    {"gemini: text over two events", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"text":"h€"}]},"index":0}],"modelVersion":"g","responseId":"r"})") +
         data(
             R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":""},{"text":"lo"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}})"),
     "start(chatcmpl-r,g) text0(h€) thought0(hm) text0(lo) finish0(stop) usage(3/2/5 0+0+0) done"},
    {"gemini: a call", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}}}]}}],"responseId":"r"})") +
         data(R"({"candidates":[{"finishReason":"STOP"}],"responseId":"r"})"),
     R"(start(chatcmpl-r,) tool0({"index":0,"id":"call_r_0_0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}) finish0(tool_calls) done)"},
    {"gemini: a call without arguments", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}],"responseId":"r"})"),
     R"(start(chatcmpl-r,) tool0({"index":0,"id":"call_r_0_0","type":"function","function":{"name":"f","arguments":"{}"}}) finish0(tool_calls) done)"},
    {"gemini: a call of an answer without a name", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]})"),
     R"(start(chatcmpl-,) tool0({"index":0,"id":"call_req_1_0_0","type":"function","function":{"name":"f","arguments":"{}"}}) finish0(tool_calls) done)"},
    {"gemini: calls are counted on from event to event", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}],"responseId":"r"})") +
         data(
             R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"g"}}]},"finishReason":"STOP"}],"responseId":"r"})"),
     R"(start(chatcmpl-r,) )"
     R"(tool0({"index":0,"id":"call_r_0_0","type":"function","function":{"name":"f","arguments":"{}"}}) )"
     R"(tool0({"index":1,"id":"call_r_0_1","type":"function","function":{"name":"g","arguments":"{}"}}) )"
     R"(finish0(tool_calls) done)"},
    {"gemini: a safety stop without content", Format::gemini,
     data(R"({"candidates":[{"finishReason":"SAFETY"}]})"),
     "start(chatcmpl-,) finish0(content_filter) done"},
    {"gemini: empty text and grounding are nothing", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"text":""},{"text":"","thought":true}]}}],"responseId":"r"})") +
         data(R"({"candidates":[{"groundingMetadata":{"webSearchQueries":["q"]}}]})") +
         data(R"({"candidates":[{"content":{"parts":[{"executableCode":{"code":"1"}}]}}]})") +
         data(R"({"candidates":[{"finishReason":"STOP"}]})"),
     "start(chatcmpl-r,) finish0(stop) done"},
    {"gemini: the last usage counts, even behind the end", Format::gemini,
     data(
         R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}})") +
         data(
             R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}})") +
         data(
             R"({"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}})"),
     "start(chatcmpl-,) text0(a) finish0(stop) usage(3/2/5 0+0+0) done"},
    {"gemini: an error behind a text", Format::gemini,
     data(R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})") +
         data(R"({"error":{"code":503,"message":"busy"}})") +
         data(R"({"candidates":[{"finishReason":"STOP"}]})"),
     "start(chatcmpl-,) text0(a) error(busy)"},
    {"gemini: a blocked prompt", Format::gemini,
     data(R"({"promptFeedback":{"blockReason":"SAFETY"}})"),
     "start(chatcmpl-,) finish0(content_filter) done"},
    {"gemini: an error", Format::gemini, data(R"({"error":{"code":503,"message":"busy"}})"),
     "error(busy)"},
    {"gemini: no finish reason", Format::gemini,
     data(R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})"),
     "start(chatcmpl-,) text0(a) error(the provider's stream broke off)"},
    {"nothing at all", Format::openai, "", "error(the provider's stream broke off)"},
    {"html", Format::openai, "<html>\n\n</html>", "error(the provider's stream broke off)"},
    {"data that is not JSON", Format::gemini, data("oops"),
     "error(the provider's stream holds something that is not JSON)"},
    {"cut inside an event", Format::anthropic, message_start + "data: {\"type\":\"mess",
     "start(chatcmpl-msg_1,c) error(the provider's stream holds something that is not JSON)"},
    {"members of other types", Format::openai,
     data(
         R"({"choices":[1,null,{"delta":7,"index":"x"},{"delta":{"content":5,"tool_calls":[1]}}]})"),
     "start(,) error(the provider's stream broke off)"},
};

}  // namespace

TEST_CASE("a stream gives the same events however it is cut") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string_view stream = c.stream;
    CHECK(run_stream(c.format, {stream}) == c.events);
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < stream.size(); ++at) bytes.push_back(stream.substr(at, 1));
    CHECK(run_stream(c.format, bytes) == c.events);
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      const std::string events = run_stream(c.format, {stream.substr(0, cut), stream.substr(cut)});
      if (events == c.events) continue;
      CAPTURE(cut);
      CHECK(events == c.events);
    }
  }
}

TEST_CASE("the usage of a stream that broke off is known") {
  StreamTranslator translator(Format::anthropic, "req_1");
  SseSplitter splitter;
  std::vector<SseEvent> split;
  std::vector<ChatEvent> events;
  splitter.feed(message_start, split);
  for (const SseEvent& each : split) translator.feed(each, events);
  CHECK_FALSE(translator.ended());
  translator.finish(events);
  CHECK(translator.ended());
  CHECK(test::show(translator.usage()) == "5/1/6 0+0+0");

  const std::size_t size = events.size();
  translator.finish(events);
  for (const SseEvent& each : split) translator.feed(each, events);
  CHECK(events.size() == size);
}
