// The surface POST /v1/chat/completions for models of other providers: their answers and streams as
// OpenAI's SDKs read them. What OpenAI has no member for stands where others put it:
// "reasoning_content" and "thinking_blocks" in the message, "extra_content" in a tool call,
// "native_finish_reason" in a choice.
// Source: OpenAI's API reference, "The chat completion object" and its chunks.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "daemon/providers/chat.hpp"

namespace byok::providers {

// What only the caller of a chat knows about it. The views must live as long as their user.
struct CompletionContext {
  std::string_view model;       // As asked; the provider's name for it is used where it gives one.
  std::string_view request_id;  // For an answer without an id.
  std::int64_t created = 0;     // Seconds since 1970.
  bool include_usage = false;   // stream_options.include_usage
  bool legacy_functions = false;  // The request used OpenAI's old functions: so does the answer.
};

// OpenAI's id for an answer: `id`, or one made of the request's where that says nothing.
std::string completion_id(std::string_view id, const CompletionContext& context);

// The JSON answer of a call that was not streamed.
std::string write_completion(const ChatAnswer& answer, const CompletionContext& context);

// The text/event-stream answer, one event at a time.
class CompletionStream {
 public:
  explicit CompletionStream(const CompletionContext& context) : context_(context) {}

  // Appends the lines for `event`, which may be none, to `out`. After StreamDone or an Error the
  // stream is complete.
  void write(const ChatEvent& event, std::string& out);

 private:
  void start(const StreamStart& event, std::string& out);
  // The first chunk of a choice names the role.
  void open(std::size_t choice, std::string& out);
  template <class Value>
  void add_delta(std::size_t choice, std::string_view name, const Value& value, std::string& out);
  void add_tool(const ToolDelta& event, std::string& out);
  void add_finish(const Finish& event, std::string& out);
  // Up to the chunk's choices, and up to the members of its only choice's delta.
  JsonWriter begin_chunk() const;
  JsonWriter begin_chunk(std::size_t choice) const;
  // What follows a delta's members, and what follows a choice's.
  void end_delta(JsonWriter chunk, std::string& out) const;
  void end_chunk(JsonWriter chunk, std::string& out) const;
  void end(std::string& out);

  CompletionContext context_;
  std::string id_;
  std::string model_;
  std::set<std::size_t> open_;
  Usage usage_;
};

// The last line of a stream that failed: OpenAI's SDKs throw what stands in it.
std::string write_completion_error(const Error& error);

}  // namespace byok::providers
