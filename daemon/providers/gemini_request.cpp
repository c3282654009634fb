// Chat requests to Gemini's generateContent.
#include <boost/json/serialize.hpp>
#include <utility>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/conversation.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

// The model becomes a segment of the path, and a tenant chose it: whatever is not unreserved
// (RFC 3986 section 2.3) is percent-encoded.
std::string encode_segment(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view unreserved_marks = "-._~";
  std::string encoded;
  for (char c : text) {
    const char lower = to_lower(c);
    if (is_digit(c) || (lower >= 'a' && lower <= 'z') ||
        unreserved_marks.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += digits[byte >> 4];
    encoded += digits[byte & 15];
  }
  return encoded;
}

std::string path_of(std::string_view model, bool stream) {
  // Tuned models are a collection of their own, beside "models".
  constexpr std::string_view tuned = "tunedModels/";
  std::string path = "/v1beta/";
  if (model.starts_with(tuned)) {
    path += tuned;
    model.remove_prefix(tuned.size());
  } else {
    path += "models/";
  }
  path += encode_segment(model);
  path += stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
  return path;
}

json::array write_parts(const std::vector<std::string_view>& texts) {
  json::array parts;
  for (std::string_view text : texts) {
    if (!text.empty()) parts.push_back(json::object{{"text", text}});
  }
  return parts;
}

json::array write_contents(const std::vector<Turn>& turns) {
  json::array contents;
  for (const Turn& turn : turns) {
    json::array parts;
    for (const TextPart& part : turn.parts) {
      if (!part.text.empty()) parts.push_back(json::object{{"text", part.text}});
    }
    if (parts.empty()) continue;
    const std::string_view role = turn.role == Role::user ? "user" : "model";
    contents.push_back({{"role", role}, {"parts", std::move(parts)}});
  }
  return contents;
}

// Gemma models have no system instruction: its text goes in front of the user's first words.
void prepend(json::array system, json::array& contents) {
  json::object& first = contents.front().get_object();
  if (first["role"] != "user") {
    contents.insert(contents.begin(), json::object{{"role", "user"}, {"parts", std::move(system)}});
    return;
  }
  json::array& parts = first["parts"].get_array();
  for (json::value& part : parts) system.push_back(std::move(part));
  parts = std::move(system);
}

json::object write_config(const ChatOptions& options) {
  json::object config;
  if (options.temperature) config["temperature"] = *options.temperature;
  if (options.top_p) config["topP"] = *options.top_p;
  if (options.n) config["candidateCount"] = *options.n;
  if (options.max_tokens) config["maxOutputTokens"] = *options.max_tokens;
  if (!options.stop.empty()) {
    json::array sequences;
    for (std::string_view each : options.stop) sequences.push_back(json::string(each));
    config["stopSequences"] = std::move(sequences);
  }
  if (options.seed) config["seed"] = *options.seed;
  if (options.presence_penalty) config["presencePenalty"] = *options.presence_penalty;
  if (options.frequency_penalty) config["frequencyPenalty"] = *options.frequency_penalty;
  return config;
}

}  // namespace

Result<UpstreamRequest> gemini_request(const json::object& request, std::string_view model,
                                       bool stream) {
  const Result<Conversation> read = read_conversation(request);
  if (!read) return read.error();
  const Conversation& chat = *read;

  json::array contents = write_contents(chat.turns);
  if (contents.empty()) return Error{Errc::bad_request, "messages must hold some text"};

  json::object body;
  if (json::array system = write_parts(chat.system); !system.empty()) {
    if (starts_with_ignoring_case(model, "gemma-")) {
      prepend(std::move(system), contents);
    } else {
      body["systemInstruction"] = {{"parts", std::move(system)}};
    }
  }
  body["contents"] = std::move(contents);
  if (json::object config = write_config(chat.options); !config.empty()) {
    body["generationConfig"] = std::move(config);
  }
  return UpstreamRequest{
      .path = path_of(model, stream), .body = json::serialize(body), .headers = {}, .dropped = {}};
}

}  // namespace byok::providers
