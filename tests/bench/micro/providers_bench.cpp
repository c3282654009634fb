// What is read and written of bodies: the model that a request names, the tokens that an answer
// tells, events, and each translation.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "daemon/providers/body_scan.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/openai_surface.hpp"
#include "daemon/providers/sse.hpp"
#include "daemon/providers/usage_scan.hpp"

using namespace byok;
using namespace byok::providers;

namespace {

// A chat of about so many bytes.
std::string chat(std::size_t size) {
  std::string text;
  while (text.size() + 200 < size) text += "And how many people live there, with its suburbs?\\n ";
  return R"({"model":"gpt-4o-mini","max_tokens":200,"temperature":0.5,"messages":[{"role":"system",)"
         R"("content":"You are brief."},{"role":"user","content":")" +
         text + "\"}]}";
}

const std::string text_of_answer(600, 'a');
const std::string openai_text =
    R"({"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":")" +
    text_of_answer +
    R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":14,"completion_tokens":28,)"
    R"("total_tokens":42}})";
const std::string anthropic_text = R"({"id":"msg_1","content":[{"type":"text","text":")" +
                                   text_of_answer +
                                   R"("}],"model":"claude-sonnet-4-5","stop_reason":"end_turn",)"
                                   R"("usage":{"input_tokens":14,"output_tokens":28}})";
const std::string gemini_text =
    R"({"candidates":[{"content":{"parts":[{"text":")" + text_of_answer +
    R"("}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":14,)"
    R"("candidatesTokenCount":28},"modelVersion":"gemini-2.5-flash","responseId":"r"})";

std::string stream(Format format) {
  std::string out;
  const auto event = [&](const std::string& data) { out += "data: " + data + "\n\n"; };
  if (format == Format::anthropic) {
    event(
        R"({"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":1}}})");
    event(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})");
  }
  for (int i = 0; i < 200; ++i) {
    if (format == Format::anthropic) {
      event(
          R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}})");
    } else {
      event(
          R"({"candidates":[{"content":{"parts":[{"text":" word"}],"role":"model"},"index":0}]})");
    }
  }
  if (format == Format::anthropic) {
    event(
        R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})");
    event(R"({"type":"message_stop"})");
  } else {
    event(R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3}})");
  }
  return out;
}

void model_in_body(benchmark::State& state) {
  const std::string body = chat(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    BodyScan scan;
    scan.feed(body);
    benchmark::DoNotOptimize(scan.model().size());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(model_in_body)->Arg(1'000)->Arg(100'000);

void tokens_in_answer(benchmark::State& state) {
  for (auto _ : state) {
    UsageScan scan(Format::openai, false);
    scan.feed(openai_text);
    benchmark::DoNotOptimize(scan.counts());
  }
}
BENCHMARK(tokens_in_answer);

void split_200_events(benchmark::State& state) {
  const std::string bytes = stream(Format::gemini);
  std::vector<SseEvent> events;
  for (auto _ : state) {
    SseSplitter splitter;
    events.clear();
    splitter.feed(bytes, events);
    benchmark::DoNotOptimize(events.size());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(split_200_events);

void translate_request_of_1_kb(benchmark::State& state, Format format, std::string_view model) {
  const std::string body = chat(1'000);
  for (auto _ : state) {
    const auto request = parse_json_object(body);
    benchmark::DoNotOptimize(translate_request(format, *request, model, false)->body.size());
  }
}
BENCHMARK_CAPTURE(translate_request_of_1_kb, to_anthropic, Format::anthropic, "claude-sonnet-4-5");
BENCHMARK_CAPTURE(translate_request_of_1_kb, to_gemini, Format::gemini, "gemini-2.5-flash");

const CompletionContext context = {"m", "req_1", 7, true, false};

void translate_answer(benchmark::State& state, Format format, const std::string& text) {
  for (auto _ : state) {
    const auto answer = parse_answer(format, text, "req_1");
    benchmark::DoNotOptimize(write_completion(*answer, context).size());
  }
}
BENCHMARK_CAPTURE(translate_answer, from_anthropic, Format::anthropic, anthropic_text);
BENCHMARK_CAPTURE(translate_answer, from_gemini, Format::gemini, gemini_text);

void translate_200_events(benchmark::State& state, Format format) {
  const std::string bytes = stream(format);
  for (auto _ : state) {
    SseSplitter splitter;
    StreamTranslator translator(format, "req_1");
    CompletionStream writer(context);
    std::vector<SseEvent> lines;
    std::vector<ChatEvent> events;
    std::string out;
    splitter.feed(bytes, lines);
    for (const SseEvent& line : lines) translator.feed(line, events);
    translator.finish(events);
    for (const ChatEvent& event : events) writer.write(event, out);
    benchmark::DoNotOptimize(out.size());
  }
}
BENCHMARK_CAPTURE(translate_200_events, from_anthropic, Format::anthropic);
BENCHMARK_CAPTURE(translate_200_events, from_gemini, Format::gemini);

}  // namespace
