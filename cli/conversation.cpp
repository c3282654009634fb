#include "cli/conversation.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/text.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

// The question, and below it each text that is attached.
std::string whole_text(const Question& question) {
  std::string text = question.text;
  for (const Attachment& each : question.attachments) {
    if (each.is_picture()) continue;
    if (!text.empty()) text += "\n\n";
    text += quoted(each);
  }
  return text;
}

// A string where that is enough: not every model that reads text takes parts.
json::value content(const Question& question) {
  const std::string text = well_formed(whole_text(question));
  json::array parts;
  if (!text.empty()) parts.push_back({{"type", "text"}, {"text", text}});
  for (const Attachment& each : question.attachments) {
    if (!each.is_picture()) continue;
    parts.push_back({{"type", "image_url"}, {"image_url", {{"url", data_url(each)}}}});
  }
  const bool pictures = std::ranges::any_of(question.attachments, &Attachment::is_picture);
  return pictures ? json::value(std::move(parts)) : json::value(text);
}

json::object message(std::string_view role, json::value said) {
  return {{"role", role}, {"content", std::move(said)}};
}

}  // namespace

std::string request_body(const Conversation& conversation, const Question& question, bool stream) {
  json::object body;
  if (!conversation.model.empty()) body["model"] = well_formed(conversation.model);
  if (!conversation.system.empty()) body["systemPrompt"] = well_formed(conversation.system);
  json::array messages;
  for (const Turn& turn : conversation.turns) {
    messages.push_back(message("user", content(turn.question)));
    messages.push_back(message("assistant", json::value(well_formed(turn.answer))));
  }
  messages.push_back(message("user", content(question)));
  body["messages"] = std::move(messages);
  if (stream) body["stream"] = true;
  return json::serialize(body);
}

}  // namespace byok::cli
