#include "daemon/providers/anthropic_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "common/encoding.hpp"
#include "daemon/providers/text.hpp"
#include "daemon/providers/thinking_blocks.hpp"

namespace byok::providers {
namespace {

constexpr std::array<std::string_view, 4> image_types = {"image/jpeg", "image/png", "image/gif",
                                                         "image/webp"};

void begin_block(std::string_view type, JsonWriter& out) {
  out.begin_object();
  out.member("type", type);
}

void write_text(std::string_view text, JsonWriter& out) {
  begin_block("text", out);
  out.member("text", text);
  out.end_object();
}

Result<void> write_media(const MediaPart& media, JsonWriter& out) {
  const std::string& type = media.media_type;
  const bool is_image = std::ranges::find(image_types, type) != image_types.end();
  const bool is_pdf = type == "application/pdf";
  // What kind of picture a URL leads to Anthropic finds out by itself.
  const bool is_document =
      media.url.empty() ? !is_image : is_pdf || media.kind == MediaPart::Kind::file;
  begin_block(is_document ? "document" : "image", out);
  out.begin_object("source");
  if (!media.url.empty()) {
    out.member("type", "url");
    out.member("url", media.url);
  } else if (is_image || is_pdf) {
    out.member("type", "base64");
    out.member("media_type", type);
    out.member("data", media.base64);
  } else if (type.starts_with("text/")) {
    const std::optional<Secret> text = from_base64(media.base64);
    if (!text || !parse_json(quoted(text->reveal())))
      return Error{Errc::bad_request, media.path + " must hold its data in base64", media.path};
    out.member("type", "text");
    out.member("media_type", "text/plain");
    out.member("data", text->reveal());
  } else {
    return unsupported(fmt::format("{} of media type {}", media.path, type));
  }
  out.end_object();
  if (is_document && !media.filename.empty()) out.member("title", media.filename);
  out.end_object();
  return {};
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
  MessageWriter(std::string_view model, JsonWriter& out) : model_(model), out_(out) {}

  Result<void> write(const Conversation& chat) {
    out_.begin_array("messages");
    for (const Turn& turn : chat.turns) {
      const bool is_first = !role_;
      if (Result<void> written = write_turn(turn); !written) return written;
      if (is_first && role_ == Role::assistant) {
        return unsupported(fmt::format(
            "messages[{}] (an assistant's message before the first of the user)", turn.index));
      }
      for (const ToolResult& result : turn.results) write_result(turn, result);
    }
    if (!role_) return Error{Errc::bad_request, "messages must hold some text", "messages"};
    trim_end();
    end_message();
    out_.end_array();
    return {};
  }

 private:
  Result<void> write_turn(const Turn& turn) {
    ThinkingInside thinking(turn.thinking_blocks, model_);
    for (const Part& part : turn.parts) {
      const auto* text = std::get_if<TextPart>(&part);
      // Blocks that a reader cannot see are refused.
      if (text != nullptr && is_blank(text->text)) continue;
      write_thoughts(thinking.before_next());
      open_message(turn.role);
      if (text != nullptr) {
        last_text_ = {out_.size(), text->text};
        write_text(text->text, out_);
      } else if (Result<void> media = write_media(std::get<MediaPart>(part), out_); !media) {
        return media;
      }
    }
    for (const ToolCall& call : turn.calls) {
      write_thoughts(thinking.before_next());
      open_message(turn.role);
      begin_block("tool_use", out_);
      out_.member("id", ids_(call.id));
      out_.member("name", call.name);
      out_.member("input", call.arguments);
      out_.end_object();
    }
    write_thoughts(thinking.rest());
    return {};
  }

  void write_thoughts(const std::vector<json::object>& thoughts) {
    for (const json::object& thought : thoughts) {
      open_message(Role::assistant);
      out_.value(thought);
    }
  }

  void write_result(const Turn& turn, const ToolResult& result) {
    open_message(Role::user);
    begin_block("tool_result", out_);
    out_.member("tool_use_id", ids_(turn.calls[result.call].id));
    if (result.texts.size() == 1) {
      out_.member("content", result.texts.front());
    } else {
      out_.begin_array("content");
      for (std::string_view text : result.texts) {
        if (!is_blank(text)) write_text(text, out_);
      }
      out_.end_array();
    }
    out_.end_object();
  }

  // For a block to come. Neighbours of the same role become one message.
  void open_message(Role role) {
    last_text_.reset();
    if (role_ == role) return;
    if (role_) end_message();
    role_ = role;
    out_.begin_object();
    out_.member("role", role == Role::user ? "user" : "assistant");
    out_.begin_array("content");
  }

  void end_message() {
    out_.end_array();
    out_.end_object();
  }

  // An answer begun by the caller must not end in white space.
  void trim_end() {
    if (role_ != Role::assistant || !last_text_) return;
    const std::string_view text = last_text_->text;
    out_.back_to(last_text_->begin);
    write_text(text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1), out_);
  }

  // A block of text, and where it was written.
  struct LastText {
    std::size_t begin;
    std::string_view text;
  };

  std::string_view model_;
  JsonWriter& out_;
  CallIds ids_;
  std::optional<Role> role_;           // Of the message that is open.
  std::optional<LastText> last_text_;  // Its last block, if that is one.
};

}  // namespace

Result<void> write_anthropic_messages(const Conversation& chat, std::string_view model,
                                      JsonWriter& out) {
  return MessageWriter(model, out).write(chat);
}

}  // namespace byok::providers
