#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_provider/chat.hpp"
#include "tests/support/fake_provider/providers.hpp"

namespace byok::fake::anthropic {
namespace {

namespace json = boost::json;

json::value error(std::string_view type, std::string_view message) {
  return {{"type", "error"},
          {"error", {{"type", type}, {"message", message}}},
          {"request_id", "req_fake"}};
}

json::object message(const Chat& chat, json::array content, json::value stop_reason, int output) {
  return {{"id", "msg_fake"},
          {"type", "message"},
          {"role", "assistant"},
          {"content", std::move(content)},
          {"model", chat.model},
          {"stop_reason", std::move(stop_reason)},
          {"stop_sequence", nullptr},
          {"usage",
           {{"input_tokens", input_tokens},
            {"output_tokens", output},
            {"cache_creation_input_tokens", 0},
            {"cache_read_input_tokens", 0}}}};
}

void stream(const Chat& chat, Answer& answer) {
  auto event = [&](std::string_view type, json::object rest) {
    json::object data{{"type", type}};
    for (auto& member : rest) data.emplace(member.key(), std::move(member.value()));
    answer.piece("event: " + std::string(type) + "\ndata: " + json::serialize(data) + "\n\n");
  };
  answer.begin(200, {{"Content-Type", "text/event-stream; charset=utf-8"}});
  event("message_start", {{"message", message(chat, {}, nullptr, 1)}});
  event("content_block_start", {{"index", 0}, {"content_block", {{"type", "text"}, {"text", ""}}}});
  event("ping", {});
  deal_out(chat, answer, [&](std::string_view text) {
    event("content_block_delta",
          {{"index", 0}, {"delta", {{"type", "text_delta"}, {"text", text}}}});
  });
  event("content_block_stop", {{"index", 0}});
  event("message_delta", {{"delta", {{"stop_reason", "end_turn"}, {"stop_sequence", nullptr}}},
                          {"usage", {{"output_tokens", output_tokens}}}});
  event("message_stop", {});
  answer.end();
}

// What the provider would refuse in the request; empty where it is well formed.
std::string fault_in(const json::object& body) {
  auto* messages = body.if_contains("messages");
  if (string_member(body, "model").empty()) return "model: Field required";
  if (!messages || !messages->is_array() || messages->as_array().empty()) {
    return "messages: Field required";
  }
  for (const json::value& entry : messages->as_array()) {
    std::string role = entry.is_object() ? string_member(entry.as_object(), "role") : "";
    if (role != "user" && role != "assistant") return "messages: Unexpected role \"" + role + "\"";
  }
  if (string_member(messages->as_array().front().as_object(), "role") != "user") {
    return "messages: first message must use the \"user\" role";
  }
  return "";
}

void messages(const ProviderCall& call, Answer& answer, bool count_only) {
  auto body = object_of(call.request);
  std::string fault = body ? fault_in(*body) : "The body is not a JSON object";
  if (fault.empty() && !count_only && !body->contains("max_tokens")) {
    fault = "max_tokens: Field required";
  }
  if (!fault.empty()) return answer.send_json(400, error("invalid_request_error", fault));
  if (count_only) return answer.send_json(200, {{"input_tokens", input_tokens}});
  Chat chat =
      plan_chat(string_member(*body, "model"), last_user_text(body->at("messages").as_array()),
                call.key_sha256, call.script);
  auto* wanted = body->if_contains("stream");
  if (wanted && *wanted == json::value(true)) return stream(chat, answer);
  json::array content{json::object{{"type", "text"}, {"text", chat.reply}}};
  answer.send_json(200, message(chat, std::move(content), "end_turn", output_tokens));
}

json::object model(std::string_view id) {
  return {{"type", "model"},     {"id", id},
          {"display_name", id},  {"created_at", "2026-01-01T00:00:00Z"},
          {"max_tokens", 64000}, {"max_input_tokens", 200000}};
}

}  // namespace

void refuse_key(KeyVerdict verdict, const std::string&, Answer& answer) {
  switch (verdict) {
    case KeyVerdict::rejected:
      return answer.send_json(401, error("authentication_error", "invalid x-api-key"));
    case KeyVerdict::limited:
      return answer.send_json(
          403, error("permission_error", "Your API key does not have permission to use this."));
    default:
      return answer.send_json(401,
                              error("authentication_error", "exactly one API key is required"));
  }
}

bool respond(const ProviderCall& call, Answer& answer) {
  const Request& request = call.request;
  bool post = request.method == "POST";
  if (!find(request.headers, "anthropic-version")) {
    answer.send_json(400, error("invalid_request_error", "anthropic-version: header is required"));
  } else if (post && request.path == "/v1/messages") {
    messages(call, answer, false);
  } else if (post && request.path == "/v1/messages/count_tokens") {
    messages(call, answer, true);
  } else if (!post && request.path == "/v1/models") {
    answer.send_json(200, {{"data", {model("claude-sonnet-4-5"), model("claude-opus-5-5")}},
                           {"has_more", false},
                           {"first_id", "claude-sonnet-4-5"},
                           {"last_id", "claude-opus-5-5"}});
  } else if (!post && request.path.starts_with("/v1/models/")) {
    answer.send_json(200, model(request.path.substr(11)));
  } else {
    return false;
  }
  return true;
}

}  // namespace byok::fake::anthropic
