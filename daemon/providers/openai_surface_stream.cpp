#include <utility>

#include "daemon/providers/errors.hpp"
#include "daemon/providers/json_writer.hpp"
#include "daemon/providers/openai_surface.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

void add_line(std::string_view data, std::string& out) {
  out.append("data: ").append(data).append("\n\n");
}

// Errors inside a stream have no status; this is what its kind would have had.
constexpr int status_of_broken_stream = 502;

}  // namespace

void CompletionStream::write(const ChatEvent& event, std::string& out) {
  if (const auto* started = std::get_if<StreamStart>(&event)) {
    start(*started, out);
  } else if (const auto* content = std::get_if<ContentDelta>(&event)) {
    add_delta(content->choice, "content", content->text, out);
  } else if (const auto* reasoning = std::get_if<ReasoningDelta>(&event)) {
    add_delta(reasoning->choice, "reasoning_content", reasoning->text, out);
  } else if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
    add_delta(refusal->choice, "refusal", refusal->text, out);
  } else if (const auto* thinking = std::get_if<ThinkingBlock>(&event)) {
    const json::array blocks{thinking_of(thinking->block, context_.model)};
    add_delta(thinking->choice, "thinking_blocks", blocks, out);
  } else if (const auto* tool = std::get_if<ToolDelta>(&event)) {
    add_tool(*tool, out);
  } else if (const auto* logprobs = std::get_if<LogprobsDelta>(&event)) {
    open(logprobs->choice, out);
    JsonWriter chunk = begin_chunk(logprobs->choice);
    chunk.end_object();
    chunk.member("logprobs", logprobs->logprobs);
    chunk.member("finish_reason", json::value());
    end_chunk(std::move(chunk), out);
  } else if (const auto* finish = std::get_if<Finish>(&event)) {
    add_finish(*finish, out);
  } else if (const auto* usage = std::get_if<Usage>(&event)) {
    usage_ = *usage;
  } else if (const auto* error = std::get_if<Error>(&event)) {
    out += write_completion_error(*error);
  } else {
    end(out);
  }
}

void CompletionStream::start(const StreamStart& event, std::string& out) {
  id_ = completion_id(event.id, context_);
  model_ = event.model.empty() ? context_.model : std::string_view(event.model);
  open(0, out);
}

void CompletionStream::open(std::size_t choice, std::string& out) {
  if (!open_.insert(choice).second) return;
  JsonWriter chunk = begin_chunk(choice);
  chunk.member("role", "assistant");
  chunk.member("content", "");
  end_delta(std::move(chunk), out);
}

template <class Value>
void CompletionStream::add_delta(std::size_t choice, std::string_view name, const Value& value,
                                 std::string& out) {
  open(choice, out);
  JsonWriter chunk = begin_chunk(choice);
  chunk.member(name, value);
  end_delta(std::move(chunk), out);
}

void CompletionStream::add_tool(const ToolDelta& event, std::string& out) {
  if (!context_.legacy_functions) {
    return add_delta(event.choice, "tool_calls", json::array{event.call}, out);
  }
  // Of the old kind there was one a message.
  const json::object* function = find_object(event.call, "function");
  if (function != nullptr && find_count(event.call, "index").value_or(0) == 0) {
    add_delta(event.choice, "function_call", *function, out);
  }
}

void CompletionStream::add_finish(const Finish& event, std::string& out) {
  open(event.choice, out);
  const bool legacy_call = context_.legacy_functions && event.reason == "tool_calls";
  JsonWriter chunk = begin_chunk(event.choice);
  chunk.end_object();
  chunk.member("finish_reason", legacy_call ? "function_call" : std::string_view(event.reason));
  if (!event.native.empty()) chunk.member("native_finish_reason", event.native);
  end_chunk(std::move(chunk), out);
}

JsonWriter CompletionStream::begin_chunk() const {
  JsonWriter chunk;
  chunk.begin_object();
  chunk.member("id", id_);
  chunk.member("object", "chat.completion.chunk");
  chunk.member("created", context_.created);
  chunk.member("model", model_);
  chunk.begin_array("choices");
  return chunk;
}

JsonWriter CompletionStream::begin_chunk(std::size_t choice) const {
  JsonWriter chunk = begin_chunk();
  chunk.begin_object();
  chunk.member("index", choice);
  chunk.begin_object("delta");
  return chunk;
}

void CompletionStream::end_delta(JsonWriter chunk, std::string& out) const {
  chunk.end_object();
  chunk.member("finish_reason", json::value());
  end_chunk(std::move(chunk), out);
}

void CompletionStream::end_chunk(JsonWriter chunk, std::string& out) const {
  chunk.end_object();
  chunk.end_array();
  if (context_.include_usage) chunk.member("usage", json::value());
  chunk.end_object();
  add_line(chunk.take(), out);
}

void CompletionStream::end(std::string& out) {
  if (context_.include_usage) {
    JsonWriter chunk = begin_chunk();
    chunk.end_array();
    write_openai_usage(usage_, chunk);
    chunk.end_object();
    add_line(chunk.take(), out);
  }
  add_line("[DONE]", out);
}

std::string completion_id(std::string_view id, const CompletionContext& context) {
  constexpr std::string_view prefix = "chatcmpl-";
  if (id.size() > prefix.size()) return std::string(id);
  return std::string(prefix).append(context.request_id);
}

std::string write_completion_error(const Error& error) {
  std::string line;
  add_line(error_body(Format::openai, error, status_of_broken_stream, {}), line);
  return line;
}

}  // namespace byok::providers
