#include "daemon/providers/anthropic_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "common/encoding.hpp"
#include "daemon/providers/text.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

constexpr std::array<std::string_view, 4> image_types = {"image/jpeg", "image/png", "image/gif",
                                                         "image/webp"};

json::object text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

json::object block_of(std::string_view type, const MediaPart& media, json::object source) {
  json::object block = {{"type", type}, {"source", std::move(source)}};
  if (type == "document" && !media.filename.empty()) block["title"] = media.filename;
  return block;
}

Result<json::object> media_block(const MediaPart& media) {
  const std::string& type = media.media_type;
  const bool is_image = std::ranges::find(image_types, type) != image_types.end();
  const bool is_pdf = type == "application/pdf";
  if (!media.url.empty()) {
    // What kind of picture it is Anthropic finds out by itself.
    const bool is_file = is_pdf || media.kind == MediaPart::Kind::file;
    const std::string_view kind = is_file ? "document" : "image";
    return block_of(kind, media, {{"type", "url"}, {"url", media.url}});
  }
  if (is_image || is_pdf) {
    return block_of(is_image ? "image" : "document", media,
                    {{"type", "base64"}, {"media_type", type}, {"data", media.base64}});
  }
  if (type.starts_with("text/")) {
    const std::optional<Secret> text = from_base64(media.base64);
    if (!text || !parse_json(quoted(text->reveal())))
      return Error{Errc::bad_request, media.path + " must hold its data in base64", media.path};
    return block_of("document", media,
                    {{"type", "text"}, {"media_type", "text/plain"}, {"data", text->reveal()}});
  }
  return unsupported(fmt::format("{} of media type {}", media.path, type));
}

// Anthropic takes fewer characters in the ids of calls than others make them of.
class CallIds {
 public:
  const std::string& operator()(std::string_view id) {
    auto [known, is_new] = written_.try_emplace(id);
    if (is_new) known->second = make(id);
    return known->second;
  }

 private:
  std::string make(std::string_view id) {
    std::string made(id);
    for (char& c : made) {
      const char lower = to_lower(c);
      if ((lower < 'a' || lower > 'z') && !is_digit(c) && c != '-') c = '_';
    }
    if (taken_.insert(made).second) return made;
    // Counted on for each name, so that many alike cost no more than few.
    std::size_t& number = numbers_[made];
    for (;;) {
      std::string numbered = fmt::format("{}_{}", made, ++number);
      if (taken_.insert(numbered).second) return numbered;
    }
  }

  std::map<std::string_view, std::string> written_;
  std::set<std::string> taken_;
  std::map<std::string, std::size_t> numbers_;
};

class MessageWriter {
 public:
  explicit MessageWriter(std::string_view model) : model_(model) {}

  Result<json::array> write(const Conversation& chat) {
    for (const Turn& turn : chat.turns) {
      Result<json::array> blocks = blocks_of(turn);
      if (!blocks) return blocks.error();
      if (messages_.empty() && turn.role == Role::assistant && !blocks->empty()) {
        return unsupported(fmt::format(
            "messages[{}] (an assistant's message before the first of the user)", turn.index));
      }
      add(turn.role, std::move(*blocks));
      if (!turn.results.empty()) add(Role::user, results_of(turn));
    }
    if (messages_.empty()) {
      return Error{Errc::bad_request, "messages must hold some text", "messages"};
    }
    trim_end();
    return std::move(messages_);
  }

 private:
  Result<json::array> blocks_of(const Turn& turn) {
    json::array blocks;
    for (const Part& part : turn.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) {
        // Blocks that a reader cannot see are refused.
        if (!is_blank(text->text)) blocks.push_back(text_block(text->text));
        continue;
      }
      Result<json::object> block = media_block(std::get<MediaPart>(part));
      if (!block) return block.error();
      blocks.push_back(std::move(*block));
    }
    for (const ToolCall& call : turn.calls) {
      blocks.push_back({{"type", "tool_use"},
                        {"id", ids_(call.id)},
                        {"name", call.name},
                        {"input", call.arguments}});
    }
    if (turn.thinking_blocks != nullptr) {
      insert_thinking(*turn.thinking_blocks, model_, blocks);
    }
    return blocks;
  }

  json::array results_of(const Turn& turn) {
    json::array blocks;
    for (const ToolResult& result : turn.results) {
      json::object block = {{"type", "tool_result"},
                            {"tool_use_id", ids_(turn.calls[result.call].id)}};
      if (result.texts.size() == 1) {
        block["content"] = result.texts.front();
      } else {
        json::array content;
        for (std::string_view text : result.texts) {
          if (!is_blank(text)) content.push_back(text_block(text));
        }
        block["content"] = std::move(content);
      }
      blocks.push_back(std::move(block));
    }
    return blocks;
  }

  // Neighbours of the same role become one message.
  void add(Role role, json::array blocks) {
    if (blocks.empty()) return;
    const std::string_view name = role == Role::user ? "user" : "assistant";
    if (messages_.empty() || string_or_empty(messages_.back().get_object(), "role") != name) {
      messages_.push_back({{"role", name}, {"content", std::move(blocks)}});
      return;
    }
    json::array& content = messages_.back().get_object()["content"].get_array();
    for (json::value& block : blocks) content.push_back(std::move(block));
  }

  // An answer begun by the caller must not end in white space.
  void trim_end() {
    json::object& last = messages_.back().get_object();
    if (string_or_empty(last, "role") != "assistant") return;
    json::object& block = last["content"].get_array().back().get_object();
    if (string_or_empty(block, "type") != "text") return;
    json::string& text = block["text"].get_string();
    text.resize(std::string_view(text.data(), text.size()).find_last_not_of(" \t\r\n\f\v") + 1);
  }

  std::string_view model_;
  CallIds ids_;
  json::array messages_;
};

}  // namespace

Result<json::array> anthropic_messages(const Conversation& chat, std::string_view model) {
  return MessageWriter(model).write(chat);
}

}  // namespace byok::providers
