// Chat requests to Anthropic's Messages API.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "daemon/providers/anthropic_models.hpp"
#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/conversation.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

// The version whose parameters the translation writes; newer ones refuse sampling on every model.
constexpr RequestHeader version_header = {"anthropic-version", "2023-06-01"};

std::string_view role_name(Role role) { return role == Role::user ? "user" : "assistant"; }

json::object text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

std::string join_system(const std::vector<std::string_view>& texts) {
  std::string joined;
  for (std::string_view text : texts) {
    if (is_blank(text)) continue;
    if (!joined.empty()) joined += '\n';
    joined += text;
  }
  return joined;
}

// Anthropic refuses blocks that a reader cannot see, and neighbours of the same role.
json::array write_messages(const std::vector<Turn>& turns) {
  json::array messages;
  const Turn* previous = nullptr;
  for (const Turn& turn : turns) {
    json::array blocks;
    for (const TextPart& part : turn.parts) {
      if (!is_blank(part.text)) blocks.push_back(text_block(part.text));
    }
    if (blocks.empty()) continue;
    if (previous != nullptr && previous->role == turn.role) {
      json::array& content = messages.back().get_object()["content"].get_array();
      for (json::value& block : blocks) content.push_back(std::move(block));
    } else {
      messages.push_back({{"role", role_name(turn.role)}, {"content", std::move(blocks)}});
    }
    previous = &turn;
  }
  return messages;
}

// An answer begun by the caller must not end in white space.
void trim_end(json::object& message) {
  json::string& text = message["content"].get_array().back().get_object()["text"].get_string();
  const std::size_t last =
      std::string_view(text.data(), text.size()).find_last_not_of(" \t\r\n\f\v");
  text.resize(last + 1);
}

// One check for each parameter of OpenAI's that Anthropic has no counterpart for; a value that
// asks for what happens anyway is fine.
std::optional<Error> refuse_foreign(const ChatOptions& options) {
  if (options.n.value_or(1) != 1) return unsupported("n");
  if (options.seed) return unsupported("seed");
  if (options.presence_penalty.value_or(0) != 0) return unsupported("presence_penalty");
  if (options.frequency_penalty.value_or(0) != 0) return unsupported("frequency_penalty");
  return std::nullopt;
}

void write_sampling(const ChatOptions& options, bool allowed, json::object& body,
                    std::vector<std::string>& dropped) {
  const bool both = options.temperature && options.top_p;
  if (options.temperature && allowed) {
    constexpr double highest = 1;
    body["temperature"] = std::min(*options.temperature, highest);
  } else if (options.temperature) {
    dropped.emplace_back("temperature");
  }
  if (options.top_p && allowed && !both) {
    body["top_p"] = *options.top_p;
  } else if (options.top_p) {
    dropped.emplace_back("top_p");
  }
}

void write_stop(const std::vector<std::string_view>& stop, json::object& body,
                std::vector<std::string>& dropped) {
  json::array sequences;
  for (std::string_view each : stop) {
    if (!is_blank(each)) sequences.push_back(json::string(each));
  }
  if (sequences.size() != stop.size()) dropped.emplace_back("stop");
  if (!sequences.empty()) body["stop_sequences"] = std::move(sequences);
}

}  // namespace

Result<UpstreamRequest> anthropic_request(const json::object& request, std::string_view model,
                                          bool stream) {
  const Result<Conversation> read = read_conversation(request);
  if (!read) return read.error();
  const Conversation& chat = *read;
  if (std::optional<Error> foreign = refuse_foreign(chat.options)) return std::move(*foreign);

  json::array messages = write_messages(chat.turns);
  if (messages.empty()) return Error{Errc::bad_request, "messages must hold some text"};
  if (messages.front().as_object()["role"] != "user") {
    const auto first = std::ranges::find(chat.turns, Role::assistant, &Turn::role);
    return unsupported(fmt::format(
        "messages[{}] (an assistant's message before the first of the user)", first->index));
  }
  json::object& last = messages.back().get_object();
  if (last["role"] == "assistant") trim_end(last);

  const AnthropicModel limits = anthropic_model(model);
  UpstreamRequest result{
      .path = "/v1/messages", .body = {}, .headers = {version_header}, .dropped = {}};
  json::object body;
  body["model"] = model;
  body["max_tokens"] = chat.options.max_tokens.value_or(limits.max_output);
  if (std::string system = join_system(chat.system); !system.empty()) body["system"] = system;
  body["messages"] = std::move(messages);
  write_sampling(chat.options, limits.sampling, body, result.dropped);
  write_stop(chat.options.stop, body, result.dropped);
  if (stream) body["stream"] = true;
  result.body = json::serialize(body);
  return result;
}

}  // namespace byok::providers
