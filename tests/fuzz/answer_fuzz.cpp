// Whatever a provider answers, whole or streamed and however it is cut: no crash, the same events,
// one end and nothing behind it; and what is written of it for clients is JSON, or a stream of
// events that each hold JSON. The first byte picks the format, the second one the cut.
#include <boost/json/parse.hpp>
#include <string>
#include <string_view>

#include "daemon/providers/ai_chat.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/providers/openai_surface.hpp"
#include "daemon/providers/thinking_blocks.hpp"
#include "daemon/providers/upstream_failure.hpp"
#include "tests/fuzz/support.hpp"

using namespace byok;
using namespace byok::providers;
using fuzz::require;

namespace {

const CompletionContext completion = {"m", "req_1", 7, true, false};
const ChatContext chat = {"p", "m", "tenant", "req_1"};

// Answers are wrapped deeper than they came.
bool is_json_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_json_depth + 16;
  json::error_code failure;
  const json::value value = json::parse(text, failure, {}, options);
  return !failure && value.is_object();
}

// `last`: what the event at the end of a stream that did not fail is.
void check_written_stream(std::string_view text, std::string_view last) {
  SseSplitter splitter;
  std::vector<SseEvent> events;
  require(splitter.feed(text, events) && !events.empty());
  require(text.ends_with("\n\n"));
  for (std::size_t i = 0; i + 1 < events.size(); ++i) require(is_json_object(events[i].data));
  const std::string& end = events.back().data;
  require(end.starts_with(last) || end.find("\"error\"") != end.npos);
  require(end == "[DONE]" || is_json_object(end));
}

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
  fuzz::each_piece(bytes, cut, [&](std::string_view piece) { return splitter.feed(piece, lines); });
  splitter.finish(lines);
  for (const SseEvent& line : lines) translator.feed(line, events);
  translator.finish(events);
  require(translator.ended());
  std::string out;
  std::string ai_out;
  ThinkingCollector thinking("m");
  int ends = 0;
  for (const ChatEvent& event : events) {
    require(ends == 0);
    ends += std::holds_alternative<StreamDone>(event) || std::holds_alternative<Error>(event);
    thinking.add(event);
    writer.write(event, out);
    ai_writer.write(event, ai_out);
  }
  require(ends == 1);
  check_written_stream(out, "[DONE]");
  check_written_stream(ai_out, R"({"done":true)");
  check_kept(thinking);
  return out + ai_out;
}

void check_whole(Format format, std::string_view bytes) {
  const Result<ChatAnswer> answer = parse_answer(format, bytes, "req_1");
  if (!answer) {
    require(answer.error().code == Errc::provider_error && !answer.error().message().empty());
    return;
  }
  require(!answer->choices.empty());
  ThinkingCollector thinking("m");
  thinking.add(*answer);
  check_kept(thinking);
  require(is_json_object(write_completion(*answer, completion)));
  require(is_json_object(write_ai_answer(*answer, chat)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<Format>(data[0] % 3);
  const std::size_t cut = std::size_t{1} + data[1];
  const std::string_view bytes = fuzz::view(data + 2, size - 2);
  require(run_stream(format, bytes, cut) == run_stream(format, bytes, size));
  check_whole(format, bytes);
  const UpstreamFailure failure = read_failure(format, 400 + data[1], bytes, {});
  require(failure.status >= 400 && failure.status <= 599);
  require(is_json_object(openai_failure_body(failure)));
  return 0;
}
