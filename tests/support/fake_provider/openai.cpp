#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_provider/chat.hpp"
#include "tests/support/fake_provider/providers.hpp"

namespace byok::fake::openai {
namespace {

namespace json = boost::json;

constexpr int created = 1'780'000'000;

json::value error(std::string_view message, std::string_view type, json::value code) {
  return {{"error",
           {{"message", message}, {"type", type}, {"param", nullptr}, {"code", std::move(code)}}}};
}

json::object usage() {
  return {{"prompt_tokens", input_tokens},
          {"completion_tokens", output_tokens},
          {"total_tokens", total_tokens}};
}

json::object chunk(const Chat& chat, json::array choices) {
  return {{"id", "chatcmpl-fake"},
          {"object", "chat.completion.chunk"},
          {"created", created},
          {"model", chat.model},
          {"choices", std::move(choices)}};
}

json::array delta(json::object change, json::value finish) {
  return {json::object{
      {"index", 0}, {"delta", std::move(change)}, {"finish_reason", std::move(finish)}}};
}

void stream(const Chat& chat, bool include_usage, Answer& answer) {
  auto event = [&](json::object data) {
    if (include_usage && !data.contains("usage")) data["usage"] = nullptr;
    answer.piece("data: " + json::serialize(data) + "\n\n");
  };
  answer.begin(200, {{"Content-Type", "text/event-stream; charset=utf-8"}});
  event(chunk(chat, delta({{"role", "assistant"}, {"content", ""}}, nullptr)));
  deal_out(chat, answer, [&](std::string_view text) {
    event(chunk(chat, delta({{"content", text}}, nullptr)));
  });
  event(chunk(chat, delta({}, "stop")));
  if (include_usage) {
    json::object last = chunk(chat, {});
    last["usage"] = usage();
    event(std::move(last));
  }
  answer.piece("data: [DONE]\n\n");
  answer.end();
}

void chat_completion(const ProviderCall& call, Answer& answer) {
  auto body = object_of(call.request);
  auto* messages = body ? body->if_contains("messages") : nullptr;
  if (!messages || !messages->is_array() || !body->contains("model")) {
    return answer.send_json(400, error("Missing required parameter: 'messages' or 'model'.",
                                       "invalid_request_error", nullptr));
  }
  Chat chat = plan_chat(string_member(*body, "model"), last_user_text(messages->as_array()),
                        call.key_sha256, call.script);
  if (auto* wanted = body->if_contains("stream"); wanted && *wanted == json::value(true)) {
    auto* options = body->if_contains("stream_options");
    return stream(chat, options && json::serialize(*options).find("true") != std::string::npos,
                  answer);
  }
  answer.send_json(
      200, {{"id", "chatcmpl-fake"},
            {"object", "chat.completion"},
            {"created", created},
            {"model", chat.model},
            {"choices",
             {{{"index", 0},
               {"message", {{"role", "assistant"}, {"content", chat.reply}, {"refusal", nullptr}}},
               {"logprobs", nullptr},
               {"finish_reason", "stop"}}}},
            {"usage", usage()}});
}

// Named events whose type repeats the name.
void response(const ProviderCall& call, Answer& answer) {
  auto body = object_of(call.request);
  if (!body) {
    return answer.send_json(400, error("The body is not JSON.", "invalid_request_error", nullptr));
  }
  Chat chat = plan_chat(string_member(*body, "model"), string_member(*body, "input"),
                        call.key_sha256, call.script);
  json::object done{
      {"id", "resp_fake"},
      {"object", "response"},
      {"status", "completed"},
      {"model", chat.model},
      {"output",
       {{{"type", "message"},
         {"role", "assistant"},
         {"content", {{{"type", "output_text"}, {"text", chat.reply}}}}}}},
      {"usage",
       {{"input_tokens", input_tokens}, {"output_tokens", output_tokens}, {"total_tokens", 18}}}};
  auto* wanted = body->if_contains("stream");
  if (!wanted || *wanted != json::value(true)) return answer.send_json(200, done);
  auto event = [&](std::string_view type, json::object data) {
    data["type"] = type;
    answer.piece("event: " + std::string(type) + "\ndata: " + json::serialize(data) + "\n\n");
  };
  answer.begin(200, {{"Content-Type", "text/event-stream; charset=utf-8"}});
  event("response.created", {{"response", {{"id", "resp_fake"}, {"status", "in_progress"}}}});
  deal_out(chat, answer, [&](std::string_view text) {
    event("response.output_text.delta", {{"output_index", 0}, {"delta", text}});
  });
  event("response.completed", {{"response", done}});
  answer.end();
}

void embeddings(const ProviderCall& call, Answer& answer) {
  auto body = object_of(call.request);
  auto* input = body ? body->if_contains("input") : nullptr;
  if (!input) {
    return answer.send_json(
        400, error("Missing required parameter: 'input'.", "invalid_request_error", nullptr));
  }
  std::size_t count = input->is_array() ? input->as_array().size() : 1;
  // [0.5, -1, 2] as little-endian floats.
  bool packed = string_member(*body, "encoding_format") == "base64";
  json::array data;
  for (std::size_t i = 0; i < count; ++i) {
    json::value vector = packed ? json::value("AAAAPwAAgL8AAABA") : json::array{0.5, -1, 2};
    data.push_back(
        json::object{{"object", "embedding"}, {"index", i}, {"embedding", std::move(vector)}});
  }
  answer.send_json(
      200, json::object{{"object", "list"},
                        {"data", std::move(data)},
                        {"model", string_member(*body, "model")},
                        {"usage", {{"prompt_tokens", input_tokens}, {"total_tokens", 11}}}});
}

json::object model(std::string_view id) {
  return {{"id", id}, {"object", "model"}, {"created", created}, {"owned_by", "fake"}};
}

}  // namespace

void refuse_key(KeyVerdict verdict, const std::string& key, Answer& answer) {
  switch (verdict) {
    case KeyVerdict::rejected: {
      // The real one repeats the first and last characters too.
      std::string shown = key.substr(0, 8) + "********" + key.substr(key.size() - 4);
      return answer.send_json(401, error("Incorrect API key provided: " + shown + ".",
                                         "invalid_request_error", "invalid_api_key"));
    }
    case KeyVerdict::limited:
      return answer.send_json(
          403, error("You have insufficient permissions for this operation. Missing scopes: model.",
                     "invalid_request_error", nullptr));
    default:
      return answer.send_json(
          401, error("Exactly one API key is needed.", "invalid_request_error", nullptr));
  }
}

bool respond(const ProviderCall& call, Answer& answer) {
  const Request& request = call.request;
  bool post = request.method == "POST";
  if (post && request.path == "/v1/chat/completions") {
    chat_completion(call, answer);
  } else if (post && request.path == "/v1/responses") {
    response(call, answer);
  } else if (post && request.path == "/v1/embeddings") {
    embeddings(call, answer);
  } else if (!post && request.path == "/v1/models") {
    answer.send_json(200, {{"object", "list"}, {"data", {model("gpt-4o"), model("gpt-4o-mini")}}});
  } else if (!post && request.path.starts_with("/v1/models/")) {
    answer.send_json(200, model(request.path.substr(11)));
  } else {
    return false;
  }
  return true;
}

}  // namespace byok::fake::openai
