// Whatever a provider answers, whole or streamed and however it is cut: no crash, the same events,
// one end, and nothing behind it. The first byte picks the format, the second one the cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/providers/ai_chat.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/providers/openai_surface.hpp"
#include "daemon/providers/upstream_failure.hpp"

using namespace byok;
using namespace byok::providers;

namespace {

const CompletionContext completion = {"m", "req_1", 7, true, false};
const ChatContext chat = {"p", "m", "tenant", "req_1"};

std::string run_stream(Format format, std::string_view bytes, std::size_t cut) {
  SseSplitter splitter;
  StreamTranslator translator(format);
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
  int ends = 0;
  for (const ChatEvent& event : events) {
    ends += std::holds_alternative<StreamDone>(event) || std::holds_alternative<Error>(event);
    writer.write(event, out);
    ai_writer.write(event, out);
  }
  if (ends != 1) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const std::size_t cut = 1 + data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (run_stream(format, bytes, cut) != run_stream(format, bytes, size)) std::abort();
  const Result<ChatAnswer> answer = parse_answer(format, bytes);
  if (answer) {
    write_completion(*answer, completion);
    write_ai_answer(*answer, chat);
  }
  openai_failure_body(read_failure(format, 400 + data[1], bytes, {}));
  return 0;
}
