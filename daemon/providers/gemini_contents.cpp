#include "daemon/providers/gemini_contents.hpp"

#include <algorithm>
#include <utility>

namespace byok::providers {
namespace {

// Stands for a signature that is lost. Source: Google's documentation, "Thought signatures".
constexpr std::string_view no_signature = "skip_thought_signature_validator";

// Inside a part.
Result<void> write_media(const MediaPart& media, JsonWriter& out) {
  if (media.url.empty()) {
    out.begin_object("inlineData");
    out.member("mimeType", media.media_type);
    out.member("data", media.base64);
  } else if (!media.media_type.empty()) {
    out.begin_object("fileData");
    out.member("mimeType", media.media_type);
    out.member("fileUri", media.url);
  } else {
    return unsupported(media.path + " (a URL whose end does not tell its media type)");
  }
  out.end_object();
  return {};
}

// A function's response is an object.
json::object response_of(const std::vector<std::string_view>& texts) {
  std::string joined;
  for (std::string_view text : texts) joined += text;
  std::optional<json::value> parsed = parse_json(joined);
  if (parsed && parsed->is_object()) return std::move(parsed->get_object());
  return {{"output", joined}};
}

class ContentWriter {
 public:
  ContentWriter(const Conversation& chat, const GeminiModel& model, JsonWriter& out)
      : chat_(chat), model_(model), out_(out) {}

  Result<void> write() {
    out_.begin_array("contents");
    for (const Turn& turn : chat_.turns) {
      begin_turn(turn.role);
      if (Result<void> parts = write_parts(turn); !parts) return parts;
      write_calls(turn);
      if (!turn.results.empty()) begin_turn(Role::user);
      for (const ToolResult& result : turn.results) write_result(turn, result);
    }
    if (!open_) return Error{Errc::bad_request, "messages must hold some text", "messages"};
    end_content();
    out_.end_array();
    return {};
  }

 private:
  Result<void> write_parts(const Turn& turn) {
    for (const Part& part : turn.parts) {
      const auto* text = std::get_if<TextPart>(&part);
      if (text != nullptr && text->text.empty()) continue;
      begin_part();
      if (text != nullptr) {
        out_.member("text", text->text);
      } else if (Result<void> media = write_media(std::get<MediaPart>(part), out_); !media) {
        return media;
      }
      out_.end_object();
    }
    return {};
  }

  void write_calls(const Turn& turn) {
    // Of calls that were made together only the first was signed.
    const bool any_signed = std::ranges::any_of(
        turn.calls, [](const ToolCall& call) { return !call.signature.empty(); });
    for (const ToolCall& call : turn.calls) {
      begin_part();
      out_.begin_object("functionCall");
      out_.member("id", call.id);
      out_.member("name", call.name);
      out_.member("args", call.arguments);
      out_.end_object();
      if (!call.signature.empty()) {
        out_.member("thoughtSignature", call.signature);
      } else if (!any_signed && model_.wants_signatures) {
        out_.member("thoughtSignature", no_signature);
      }
      out_.end_object();
    }
  }

  void write_result(const Turn& turn, const ToolResult& result) {
    const ToolCall& call = turn.calls[result.call];
    begin_part();
    out_.begin_object("functionResponse");
    out_.member("id", call.id);
    out_.member("name", call.name);
    out_.member("response", response_of(result.texts));
    out_.end_object();
    out_.end_object();
  }

  // A call must follow a content of the user at once, so the model's neighbours become one.
  void begin_turn(Role role) {
    turn_ = role;
    needs_content_ = role == Role::user || open_ != role;
  }

  void begin_part() {
    // Gemma models have no system instruction: its text goes in front of the user's first words.
    if (!open_ && !model_.system_instruction && has_system_text(chat_)) {
      begin_content(Role::user);
      write_system_texts(chat_, out_);
      needs_content_ = turn_ != Role::user;
    }
    if (std::exchange(needs_content_, false)) begin_content(turn_);
    out_.begin_object();
  }

  void begin_content(Role role) {
    if (open_) end_content();
    open_ = role;
    out_.begin_object();
    out_.member("role", role == Role::user ? "user" : "model");
    out_.begin_array("parts");
  }

  void end_content() {
    out_.end_array();
    out_.end_object();
  }

  const Conversation& chat_;
  const GeminiModel& model_;
  JsonWriter& out_;
  Role turn_ = Role::user;
  bool needs_content_ = false;  // For the turn's next part.
  std::optional<Role> open_;    // Whose content is open.
};

}  // namespace

bool has_system_text(const Conversation& chat) {
  return std::ranges::any_of(chat.system, [](std::string_view text) { return !text.empty(); });
}

void write_system_texts(const Conversation& chat, JsonWriter& out) {
  for (std::string_view text : chat.system) {
    if (text.empty()) continue;
    out.begin_object();
    out.member("text", text);
    out.end_object();
  }
}

Result<void> write_gemini_contents(const Conversation& chat, const GeminiModel& model,
                                   JsonWriter& out) {
  return ContentWriter(chat, model, out).write();
}

}  // namespace byok::providers
