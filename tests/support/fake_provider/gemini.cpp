#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_provider/chat.hpp"
#include "tests/support/fake_provider/providers.hpp"

namespace byok::fake::gemini {
namespace {

namespace json = boost::json;

json::value error(int code, std::string_view status, std::string_view message,
                  std::string_view reason = "") {
  json::object inner{{"code", code}, {"message", message}, {"status", status}};
  if (!reason.empty()) {
    inner["details"] = {{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                         {"reason", reason},
                         {"domain", "googleapis.com"}}};
  }
  return json::object{{"error", std::move(inner)}};
}

json::object content_response(const Chat& chat, std::string_view text, bool last) {
  json::object candidate{
      {"content", {{"parts", json::array{json::object{{"text", text}}}}, {"role", "model"}}}};
  if (last) candidate["finishReason"] = "STOP";
  candidate["index"] = 0;
  return {{"candidates", json::array{std::move(candidate)}},
          {"usageMetadata",
           {{"promptTokenCount", input_tokens},
            {"candidatesTokenCount", last ? output_tokens : 1},
            {"totalTokenCount", last ? total_tokens : input_tokens + 1}}},
          {"modelVersion", chat.model},
          {"responseId", "fake"}};
}

// As server-sent events, or without alt=sse as one JSON array.
void stream(const Chat& chat, bool events, Answer& answer) {
  bool first = true;
  auto event = [&](const json::object& data) {
    if (events) return answer.piece("data: " + json::serialize(data) + "\r\n\r\n");
    answer.piece((first ? "[" : ",\r\n") + json::serialize(data));
    first = false;
  };
  answer.begin(200, {{"Content-Type", events ? "text/event-stream" : "application/json"}});
  deal_out(chat, answer,
           [&](std::string_view text) { event(content_response(chat, text, false)); });
  event(content_response(chat, "", true));
  if (!events) answer.piece("]");
  answer.end();
}

// The text of the last turn of role user, or nothing where a turn is not as the API takes it.
std::optional<std::string> last_text(const json::object& body) {
  auto* contents = body.if_contains("contents");
  if (!contents || !contents->is_array() || contents->as_array().empty()) return std::nullopt;
  std::string text;
  for (const json::value& entry : contents->as_array()) {
    if (!entry.is_object()) return std::nullopt;
    std::string role = string_member(entry.as_object(), "role");
    if (role != "user" && role != "model" && !role.empty()) return std::nullopt;
    auto* parts = entry.as_object().if_contains("parts");
    if (!parts || !parts->is_array()) return std::nullopt;
    if (role != "model") text = text_of(*parts);
  }
  return text;
}

void generate(const ProviderCall& call, const std::string& model, bool streamed, Answer& answer) {
  auto body = object_of(call.request);
  auto text = body ? last_text(*body) : std::nullopt;
  if (!text) {
    return answer.send_json(400, error(400, "INVALID_ARGUMENT", "Invalid value at 'contents'."));
  }
  Chat chat = plan_chat(model, *text, call.key_sha256, call.script);
  if (streamed) return stream(chat, query_value(call.request, "alt") == "sse", answer);
  answer.send_json(200, content_response(chat, chat.reply, true));
}

void embed(const ProviderCall& call, Answer& answer, bool batch) {
  auto body = object_of(call.request);
  json::object embedding{{"values", {0.5, -1, 2}}};
  if (!batch) return answer.send_json(200, json::object{{"embedding", embedding}});
  json::array embeddings;
  if (auto* requests = body ? body->if_contains("requests") : nullptr) {
    embeddings.resize(requests->as_array().size(), embedding);
  }
  answer.send_json(200, json::object{{"embeddings", std::move(embeddings)}});
}

json::object model_entry(std::string_view id) {
  return {{"name", "models/" + std::string(id)},
          {"displayName", id},
          {"inputTokenLimit", 1048576},
          {"outputTokenLimit", 65536},
          {"supportedGenerationMethods", {"generateContent", "countTokens"}}};
}

}  // namespace

void refuse_key(KeyVerdict verdict, const std::string&, Answer& answer) {
  switch (verdict) {
    case KeyVerdict::rejected:
      return answer.send_json(
          400, error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                     "API_KEY_INVALID"));
    case KeyVerdict::several:
      return answer.send_json(
          400, error(400, "INVALID_ARGUMENT", "Multiple authentication credentials received."));
    default:
      return answer.send_json(
          403, error(403, "PERMISSION_DENIED", "The caller does not have permission."));
  }
}

bool respond(const ProviderCall& call, Answer& answer) {
  const std::string& path = call.request.path;
  std::size_t models = path.find("/models");
  if (models == path.npos) return false;
  std::string rest = path.substr(models + 7);
  if (rest.empty()) {
    answer.send_json(200,
                     json::object{{"models", json::array{model_entry("gemini-3.8-flash"),
                                                         model_entry("gemini-embedding-001")}}});
    return true;
  }
  rest.erase(0, 1);
  std::size_t colon = rest.find(':');
  std::size_t verb_at = colon + 1;
  if (colon == rest.npos && (colon = rest.find("%3A")) != rest.npos) verb_at = colon + 3;
  std::string model = rest.substr(0, colon);
  std::string verb = colon == rest.npos ? "" : rest.substr(verb_at);
  if (verb == "generateContent") {
    generate(call, model, false, answer);
  } else if (verb == "streamGenerateContent") {
    generate(call, model, true, answer);
  } else if (verb == "countTokens") {
    answer.send_json(200, json::object{{"totalTokens", input_tokens}});
  } else if (verb == "embedContent" || verb == "batchEmbedContents") {
    embed(call, answer, verb == "batchEmbedContents");
  } else if (verb.empty()) {
    answer.send_json(200, model_entry(model));
  } else {
    return false;
  }
  return true;
}

}  // namespace byok::fake::gemini
