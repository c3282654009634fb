// Whatever a provider answers, whole or streamed and however it is cut: no crash, the same events,
// one end, and nothing behind it. The first byte picks the format, the second one the cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/providers/ai_chat.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/providers/openai_surface.hpp"
#include "daemon/providers/thinking_blocks.hpp"
#include "daemon/providers/upstream_failure.hpp"

using namespace byok;
using namespace byok::providers;

namespace {

const CompletionContext completion = {"m", "req_1", 7, true, false};
const ChatContext chat = {"p", "m", "tenant", "req_1"};

// What is kept of an answer is taken back by the request after it.
void check_kept(const ThinkingCollector& thinking) {
  if (thinking.call_id().empty()) return;
  json::object request = {
      {"messages", {{{"role", "assistant"}, {"tool_calls", {{{"id", thinking.call_id()}}}}}}}};
  restore_thinking(request, "m", [&](std::string_view) { return thinking.kept(); });
}

std::string run_stream(Format format, std::string_view bytes, std::size_t cut) {
  SseSplitter splitter;
  StreamTranslator translator(format, "req_1");
  CompletionStream writer(completion);
  AiChatStream ai_writer(chat);
  std::vector<SseEvent> lines;
  std::vector<ChatEvent> events;
  for (std::size_t at = 0; at < bytes.size(); at += cut)
    splitter.feed(bytes.substr(at, cut), lines);
  splitter.finish(lines);
  for (const SseEvent& line : lines) translator.feed(line, events);
  translator.finish(events);
  if (!translator.ended()) std::abort();
  std::string out;
  ThinkingCollector thinking("m");
  int ends = 0;
  for (const ChatEvent& event : events) {
    ends += std::holds_alternative<StreamDone>(event) || std::holds_alternative<Error>(event);
    thinking.add(event);
    writer.write(event, out);
    ai_writer.write(event, out);
  }
  if (ends != 1) std::abort();
  check_kept(thinking);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const std::size_t cut = 1 + data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (run_stream(format, bytes, cut) != run_stream(format, bytes, size)) std::abort();
  const Result<ChatAnswer> answer = parse_answer(format, bytes, "req_1");
  if (answer) {
    ThinkingCollector thinking("m");
    thinking.add(*answer);
    check_kept(thinking);
    write_completion(*answer, completion);
    write_ai_answer(*answer, chat);
  }
  openai_failure_body(read_failure(format, 400 + data[1], bytes, {}));
  return 0;
}
