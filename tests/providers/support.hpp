// What several of the providers' tests need: JSON from text, and a stream's events as one line.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/chat.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers::test {

inline json::value parse(std::string_view text) { return json::parse(text); }
inline json::object parse_object(std::string_view text) { return json::parse(text).as_object(); }

// prompt/completion/total cached+cache_write+reasoning
inline std::string show(const Usage& usage) {
  const auto text = [](std::uint64_t count) { return std::to_string(count); };
  return text(usage.prompt) + "/" + text(usage.completion) + "/" + text(usage.total) + " " +
         text(usage.cached) + "+" + text(usage.cache_write) + "+" + text(usage.reasoning);
}

inline std::string show(const ChatEvent& event) {
  const auto delta = [](const char* name, const auto& value) {
    return std::string(name) + std::to_string(value.choice) + "(" + value.text + ")";
  };
  if (auto* start = std::get_if<StreamStart>(&event)) {
    return "start(" + start->id + "," + start->model + ")";
  }
  if (auto* content = std::get_if<ContentDelta>(&event)) return delta("text", *content);
  if (auto* thought = std::get_if<ReasoningDelta>(&event)) return delta("thought", *thought);
  if (auto* refusal = std::get_if<RefusalDelta>(&event)) return delta("refusal", *refusal);
  if (auto* tool = std::get_if<ToolDelta>(&event)) {
    return "tool" + std::to_string(tool->choice) + "(" + json::serialize(tool->call) + ")";
  }
  if (auto* thinking = std::get_if<ThinkingBlock>(&event)) {
    return "thinking" + std::to_string(thinking->choice) + "(" + json::serialize(thinking->block) +
           ")";
  }
  if (auto* logprobs = std::get_if<LogprobsDelta>(&event)) {
    return "logprobs" + std::to_string(logprobs->choice) + "(" +
           json::serialize(logprobs->logprobs) + ")";
  }
  if (auto* finish = std::get_if<Finish>(&event)) {
    return "finish" + std::to_string(finish->choice) + "(" + finish->reason +
           (finish->native.empty() ? "" : "," + finish->native) + ")";
  }
  if (auto* usage = std::get_if<Usage>(&event)) return "usage(" + show(*usage) + ")";
  if (auto* error = std::get_if<Error>(&event)) return "error(" + error->message() + ")";
  return "done";
}

// The events of a whole stream whose bytes arrive in the given pieces.
inline std::string run_stream(Format format, const std::vector<std::string_view>& pieces) {
  SseSplitter splitter;
  StreamTranslator translator(format, "req_1");
  std::vector<ChatEvent> events;
  const auto translate = [&](const std::vector<SseEvent>& split) {
    for (const SseEvent& each : split) translator.feed(each, events);
  };
  for (std::string_view piece : pieces) {
    std::vector<SseEvent> split;
    splitter.feed(piece, split);
    translate(split);
  }
  std::vector<SseEvent> rest;
  splitter.finish(rest);
  translate(rest);
  translator.finish(events);

  std::string shown;
  for (const ChatEvent& event : events) shown += (shown.empty() ? "" : " ") + show(event);
  return shown;
}

}  // namespace byok::providers::test
