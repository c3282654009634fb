// Answers and streams of Gemini's generateContent. Each event of a stream is an answer object too,
// holding only what is new, so both are read by the same functions.
#include <array>
#include <utility>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/finish_reason.hpp"
#include "daemon/providers/gemini_logprobs.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

constexpr std::array finish_reasons = {
    FinishRow{"STOP", "stop"},
    FinishRow{"OTHER", "stop"},
    FinishRow{"FINISH_REASON_UNSPECIFIED", "stop"},
    FinishRow{"TOO_MANY_TOOL_CALLS", "stop"},
    FinishRow{"MAX_TOKENS", "length"},
    FinishRow{"CONTINUATION", "length"},
    FinishRow{"SAFETY", "content_filter"},
    FinishRow{"RECITATION", "content_filter"},
    FinishRow{"LANGUAGE", "content_filter"},
    FinishRow{"BLOCKLIST", "content_filter"},
    FinishRow{"PROHIBITED_CONTENT", "content_filter"},
    FinishRow{"SPII", "content_filter"},
};

FinishReason read_finish(std::string_view native, bool has_calls) {
  if (native.starts_with("IMAGE_")) return {"content_filter", {}};
  const FinishReason finish = finish_reason(finish_reasons, native);
  return has_calls && native == "STOP" ? FinishReason{"tool_calls", {}} : finish;
}

std::string answer_id(const json::object& answer) {
  return "chatcmpl-" + std::string(string_or_empty(answer, "responseId"));
}

// Why the prompt was refused: such an answer has no candidates.
std::optional<std::string_view> block_reason(const json::object& answer) {
  const json::object* feedback = find_object(answer, "promptFeedback");
  return feedback == nullptr ? std::nullopt : find_string(*feedback, "blockReason");
}

// In the answer to a blocked prompt the reason of the filter is all there is.
constexpr std::string_view blocked = "content_filter";

// The answer's name among all others.
std::string_view response_id(const json::object& answer, std::string_view request_id) {
  const std::string_view id = string_or_empty(answer, "responseId");
  return id.empty() ? request_id : id;
}

// Gemini need not number its calls; OpenAI's need an id that no other call of the conversation has.
json::object tool_call(const json::object& call, const json::object& part,
                       std::string_view response_id, std::size_t choice, std::size_t index) {
  std::string id(string_or_empty(call, "id"));
  if (id.empty()) {
    id = "call_" + std::string(response_id) + "_" + std::to_string(choice) + "_" +
         std::to_string(index);
  }
  const json::object* args = find_object(call, "args");
  json::object result = {{"id", id},
                         {"type", "function"},
                         {"function",
                          {{"name", string_or_empty(call, "name")},
                           {"arguments", args == nullptr ? std::string("{}") : to_text(*args)}}}};
  // Where Google's own OpenAI layer puts it, too.
  if (std::optional<std::string_view> signature = find_string(part, "thoughtSignature")) {
    result["extra_content"] = signed_content(*signature);
  }
  return result;
}

// Calls on_text(text), on_thought(text) or on_call(call, part) for each part of the candidate.
template <class OnText, class OnThought, class OnCall>
void for_each_part(const json::object& candidate, OnText on_text, OnThought on_thought,
                   OnCall on_call) {
  const json::object* content = find_object(candidate, "content");
  const json::array* parts = content == nullptr ? nullptr : find_array(*content, "parts");
  if (parts == nullptr) return;
  for (const json::value& each : *parts) {
    const json::object* part = each.if_object();
    if (part == nullptr) continue;
    if (const json::object* call = find_object(*part, "functionCall")) {
      on_call(*call, *part);
    } else if (std::optional<std::string_view> text = find_string(*part, "text")) {
      is_true(*part, "thought") ? on_thought(*text) : on_text(*text);
    }
  }
}

class GeminiStream : public StreamReader {
 public:
  explicit GeminiStream(std::string_view request_id)
      : StreamReader(Format::gemini), request_id_(request_id) {}

 private:
  void read(const json::object& data, std::string_view, ChatEvents& out) override {
    start(answer_id(data), string_or_empty(data, "modelVersion"), out);
    if (const json::object* usage = find_object(data, "usageMetadata")) {
      set_usage(read_gemini_usage(*usage));
    }
    const json::array* candidates = find_array(data, "candidates");
    if (candidates == nullptr || candidates->empty()) return read_block(data, out);
    for (const json::value& each : *candidates) {
      const json::object* candidate = each.if_object();
      if (candidate == nullptr) continue;
      const std::size_t index = find_count(*candidate, "index").value_or(0);
      if (!open(index, out)) return;
      read_candidate(data, *candidate, index, out);
    }
  }

  void read_block(const json::object& data, ChatEvents& out) {
    const std::optional<std::string_view> reason = block_reason(data);
    if (reason && open(0, out)) finish_choice(0, blocked, {}, out);
  }

  void read_candidate(const json::object& data, const json::object& candidate, std::size_t index,
                      ChatEvents& out) {
    if (index >= calls_.size()) calls_.resize(index + 1, 0);
    for_each_part(
        candidate,
        [&](std::string_view text) {
          if (!text.empty()) out.push_back(ContentDelta{index, std::string(text)});
        },
        [&](std::string_view text) {
          if (!text.empty()) out.push_back(ReasoningDelta{index, std::string(text)});
        },
        [&](const json::object& call, const json::object& part) {
          const std::size_t number = calls_[index]++;
          json::object delta = {{"index", number}};
          for (auto& [key, value] :
               tool_call(call, part, response_id(data, request_id_), index, number)) {
            delta[key] = std::move(value);
          }
          out.push_back(ToolDelta{index, std::move(delta)});
        });
    if (json::value logprobs = gemini_logprobs(candidate); !logprobs.is_null()) {
      out.push_back(LogprobsDelta{index, std::move(logprobs)});
    }
    if (std::optional<std::string_view> native = find_string(candidate, "finishReason")) {
      const FinishReason finish = read_finish(*native, calls_[index] > 0);
      finish_choice(index, finish.reason, finish.native, out);
    }
  }

  std::string request_id_;
  std::vector<std::size_t> calls_;  // By choice: how many so far.
};

ChatChoice read_candidate(const json::object& candidate, std::string_view response_id,
                          std::size_t index) {
  ChatChoice choice;
  for_each_part(
      candidate,
      [&](std::string_view text) {
        if (!choice.text) choice.text.emplace();
        *choice.text += text;
      },
      [&](std::string_view text) { choice.reasoning += text; },
      [&](const json::object& call, const json::object& part) {
        choice.tool_calls.push_back(
            tool_call(call, part, response_id, index, choice.tool_calls.size()));
      });
  const FinishReason finish =
      read_finish(string_or_empty(candidate, "finishReason"), !choice.tool_calls.empty());
  choice.finish_reason = finish.reason;
  choice.native_finish_reason = finish.native;
  choice.logprobs = gemini_logprobs(candidate);
  return choice;
}

}  // namespace

Result<ChatAnswer> gemini_answer(const json::object& answer, std::string_view request_id) {
  ChatAnswer result;
  result.id = answer_id(answer);
  result.model = string_or_empty(answer, "modelVersion");
  if (const json::object* usage = find_object(answer, "usageMetadata")) {
    result.usage = read_gemini_usage(*usage);
  }
  const json::array* candidates = find_array(answer, "candidates");
  if (candidates == nullptr || candidates->empty()) {
    if (!block_reason(answer)) return malformed_answer("holds no candidates");
    result.choices.emplace_back().finish_reason = blocked;
    return result;
  }
  for (const json::value& each : *candidates) {
    const json::object* candidate = each.if_object();
    if (candidate == nullptr) return malformed_answer("holds a candidate that is not an object");
    result.choices.push_back(
        read_candidate(*candidate, response_id(answer, request_id), result.choices.size()));
  }
  return result;
}

std::unique_ptr<StreamReader> gemini_stream(std::string_view request_id) {
  return std::make_unique<GeminiStream>(request_id);
}

}  // namespace byok::providers
