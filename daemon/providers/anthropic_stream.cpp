// Streams of Anthropic's Messages API: named events, each repeating its name as "type".
#include <algorithm>
#include <array>

#include "daemon/providers/anthropic_answer.hpp"
#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

class AnthropicStream : public StreamReader {
 public:
  AnthropicStream() : StreamReader(Format::anthropic) {}

 private:
  // A tool call's place in the answer. OpenAI counts the calls, Anthropic all blocks.
  struct ToolBlock {
    std::uint64_t block = 0;
    bool has_arguments = false;
  };
  struct Row {
    std::string_view type;
    void (AnthropicStream::*handle)(const json::object&, ChatEvents&);
  };

  // message_stop alone says that nothing is missing, and it ends the stream by itself.
  bool may_close() const override { return false; }

  void read(const json::object& data, std::string_view event_name, ChatEvents& out) override {
    static constexpr std::array rows = {
        Row{"message_start", &AnthropicStream::message_start},
        Row{"content_block_start", &AnthropicStream::block_start},
        Row{"content_block_delta", &AnthropicStream::block_delta},
        Row{"content_block_stop", &AnthropicStream::block_stop},
        Row{"message_delta", &AnthropicStream::message_delta},
        Row{"message_stop", &AnthropicStream::message_stop},
    };
    const std::string_view type = find_string(data, "type").value_or(event_name);
    for (const Row& row : rows) {
      if (row.type == type) return (this->*row.handle)(data, out);
    }
  }

  void message_start(const json::object& data, ChatEvents& out) {
    open(0, out);
    const json::object* message = find_object(data, "message");
    if (message == nullptr) return start({}, {}, out);
    start(anthropic_answer_id(string_or_empty(*message, "id")), string_or_empty(*message, "model"),
          out);
    merge_usage(*message);
  }

  void block_start(const json::object& data, ChatEvents& out) {
    const json::object* block = find_object(data, "content_block");
    if (block == nullptr) return;
    end_thinking(out);
    const std::string_view type = string_or_empty(*block, "type");
    if (type == "text") {
      add_text<ContentDelta>(string_or_empty(*block, "text"), out);
    } else if (is_thinking(*block)) {
      thinking_ = *block;
      thinking_place_ = find_count(data, "index").value_or(0);
      add_text<ReasoningDelta>(string_or_empty(*block, "thinking"), out);
    } else if (type == "tool_use") {
      tools_.push_back({find_count(data, "index").value_or(0), false});
      out.push_back(ToolDelta{
          0,
          {{"index", tools_.size() - 1},
           {"id", string_or_empty(*block, "id")},
           {"type", "function"},
           {"function", {{"name", string_or_empty(*block, "name")}, {"arguments", ""}}}}});
    }
  }

  void block_delta(const json::object& data, ChatEvents& out) {
    const json::object* delta = find_object(data, "delta");
    if (delta == nullptr) return;
    const std::string_view type = string_or_empty(*delta, "type");
    if (type == "text_delta") {
      add_text<ContentDelta>(string_or_empty(*delta, "text"), out);
    } else if (type == "thinking_delta") {
      append_thinking("thinking", *delta);
      add_text<ReasoningDelta>(string_or_empty(*delta, "thinking"), out);
    } else if (type == "signature_delta") {
      append_thinking("signature", *delta);
    } else if (type == "input_json_delta") {
      add_arguments(data, string_or_empty(*delta, "partial_json"), out);
    }
  }

  // What the deltas of a thinking block give is kept whole, to be given back some day.
  void append_thinking(std::string_view member, const json::object& delta) {
    if (!thinking_) return;
    const std::string_view more = string_or_empty(delta, member);
    json::value& text = (*thinking_)[member];
    if (!text.is_string()) text.emplace_string();
    text.get_string().append(json::string_view(more));
  }

  void end_thinking(ChatEvents& out) {
    if (!thinking_) return;
    out.push_back(ThinkingBlock{0, placed_thinking(std::move(*thinking_), thinking_place_)});
    thinking_.reset();
  }

  // A call without arguments has no deltas, yet OpenAI's arguments are JSON, which "" is not.
  void block_stop(const json::object& data, ChatEvents& out) {
    end_thinking(out);
    const auto tool = find_tool(data);
    if (tool != tools_.end() && !tool->has_arguments) add_arguments(data, "{}", out);
  }

  void message_delta(const json::object& data, ChatEvents& out) {
    merge_usage(data);
    const json::object* delta = find_object(data, "delta");
    if (delta == nullptr || !open(0, out)) return;
    const std::optional<std::string_view> native = find_string(*delta, "stop_reason");
    if (!native) return;
    if (*native == "refusal") {
      add_text<RefusalDelta>(anthropic_refusal(*delta).value_or(std::string()), out);
    }
    const FinishReason finish = finish_reason(anthropic_finish_reasons, *native);
    finish_choice(0, finish.reason, finish.native, out);
  }

  void message_stop(const json::object&, ChatEvents& out) { end(out); }

  template <class Delta>
  static void add_text(std::string_view text, ChatEvents& out) {
    if (!text.empty()) out.push_back(Delta{0, std::string(text)});
  }

  std::vector<ToolBlock>::iterator find_tool(const json::object& data) {
    return std::ranges::find(tools_, find_count(data, "index").value_or(0), &ToolBlock::block);
  }

  void add_arguments(const json::object& data, std::string_view text, ChatEvents& out) {
    const auto tool = find_tool(data);
    if (tool == tools_.end() || text.empty()) return;
    tool->has_arguments = true;
    out.push_back(
        ToolDelta{0, {{"index", tool - tools_.begin()}, {"function", {{"arguments", text}}}}});
  }

  void merge_usage(const json::object& holder) {
    const json::object* usage = find_object(holder, "usage");
    if (usage == nullptr) return;
    counts_.merge(*usage);
    set_usage(counts_.total());
  }

  std::vector<ToolBlock> tools_;
  std::optional<json::object> thinking_;  // the block that is open, where it is one of these
  std::uint64_t thinking_place_ = 0;
  AnthropicUsage counts_;
};

}  // namespace

std::unique_ptr<StreamReader> anthropic_stream(std::string_view) {
  return std::make_unique<AnthropicStream>();
}

}  // namespace byok::providers
