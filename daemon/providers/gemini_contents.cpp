#include "daemon/providers/gemini_contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

// Stands for a signature that is lost. Source: Google's documentation, "Thought signatures".
constexpr std::string_view no_signature = "skip_thought_signature_validator";

Result<json::object> media_part(const MediaPart& media) {
  if (media.url.empty()) {
    return json::object{{"inlineData", {{"mimeType", media.media_type}, {"data", media.base64}}}};
  }
  if (media.media_type.empty()) {
    return unsupported(media.path + " (a URL whose end does not tell its media type)");
  }
  return json::object{{"fileData", {{"mimeType", media.media_type}, {"fileUri", media.url}}}};
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
  explicit ContentWriter(const GeminiModel& model) : model_(model) {}

  Result<json::array> write(const Conversation& chat) {
    for (const Turn& turn : chat.turns) {
      Result<json::array> parts = parts_of(turn);
      if (!parts) return parts.error();
      add_calls(turn, *parts);
      add(turn.role, std::move(*parts));
      if (!turn.results.empty()) add(Role::user, results_of(turn));
    }
    if (contents_.empty()) {
      return Error{Errc::bad_request, "messages must hold some text", "messages"};
    }
    return std::move(contents_);
  }

 private:
  static Result<json::array> parts_of(const Turn& turn) {
    json::array parts;
    for (const Part& part : turn.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) {
        if (!text->text.empty()) parts.push_back(json::object{{"text", text->text}});
        continue;
      }
      Result<json::object> media = media_part(std::get<MediaPart>(part));
      if (!media) return media.error();
      parts.push_back(std::move(*media));
    }
    return parts;
  }

  void add_calls(const Turn& turn, json::array& parts) const {
    // Of calls that were made together only the first was signed.
    const bool any_signed = std::ranges::any_of(
        turn.calls, [](const ToolCall& call) { return !call.signature.empty(); });
    for (const ToolCall& call : turn.calls) {
      json::object part = {
          {"functionCall", {{"id", call.id}, {"name", call.name}, {"args", call.arguments}}}};
      if (!call.signature.empty()) {
        part["thoughtSignature"] = call.signature;
      } else if (!any_signed && model_.wants_signatures) {
        part["thoughtSignature"] = no_signature;
      }
      parts.push_back(std::move(part));
    }
  }

  static json::array results_of(const Turn& turn) {
    json::array parts;
    for (const ToolResult& result : turn.results) {
      const ToolCall& call = turn.calls[result.call];
      json::object response = {
          {"id", call.id}, {"name", call.name}, {"response", response_of(result.texts)}};
      parts.push_back(json::object{{"functionResponse", std::move(response)}});
    }
    return parts;
  }

  // A call must follow a content of the user at once, so the model's neighbours become one.
  void add(Role role, json::array parts) {
    if (parts.empty()) return;
    const std::string_view name = role == Role::user ? "user" : "model";
    if (role == Role::user || contents_.empty() ||
        string_or_empty(contents_.back().get_object(), "role") != name) {
      contents_.push_back({{"role", name}, {"parts", std::move(parts)}});
      return;
    }
    json::array& before = contents_.back().get_object()["parts"].get_array();
    for (json::value& part : parts) before.push_back(std::move(part));
  }

  const GeminiModel& model_;
  json::array contents_;
};

}  // namespace

Result<json::array> gemini_contents(const Conversation& chat, const GeminiModel& model) {
  return ContentWriter(model).write(chat);
}

}  // namespace byok::providers
