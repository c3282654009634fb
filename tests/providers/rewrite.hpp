// A provider's stream as an OpenAI client gets it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/openai_surface.hpp"
#include "tests/providers/support.hpp"

namespace byok::providers::test {

inline CompletionContext context(bool include_usage = false, bool legacy = false) {
  return {"m", "req_1", 7, include_usage, legacy};
}

// The whole stream, written anew.
inline std::string rewrite(Format format, std::string_view stream, const CompletionContext& to) {
  SseSplitter splitter;
  StreamTranslator translator(format, "req_1");
  CompletionStream writer(to);
  std::vector<SseEvent> split;
  std::vector<ChatEvent> events;
  splitter.feed(stream, split);
  splitter.finish(split);
  for (const SseEvent& each : split) translator.feed(each, events);
  translator.finish(events);
  std::string out;
  for (const ChatEvent& each : events) writer.write(each, out);
  return out;
}

}  // namespace byok::providers::test
