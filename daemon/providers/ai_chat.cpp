#include "daemon/providers/ai_chat.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

constexpr std::size_t max_model = 256;

Error bad_request(std::string message) { return {Errc::bad_request, std::move(message)}; }

// The members that are byokd's own; all others go on to the provider by their names.
constexpr std::array<std::string_view, 4> own_members = {"model", "stream", "systemPrompt",
                                                         "maxTokens"};

std::optional<Error> check_types(const json::object& body) {
  const auto is_absent = [&body](std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value == nullptr || value->is_null();
  };
  const std::optional<std::string_view> model = find_string(body, "model");
  if (!model || model->empty() || model->size() > max_model) {
    return bad_request("model must be a string of 1 to 256 bytes");
  }
  if (!is_absent("stream") && !body.at("stream").is_bool()) {
    return bad_request("stream must be true or false");
  }
  if (!is_absent("systemPrompt") && !body.at("systemPrompt").is_string()) {
    return bad_request("systemPrompt must be a string");
  }
  if (!is_absent("maxTokens") && !is_absent("max_tokens")) {
    return bad_request("maxTokens and max_tokens are the same: send one of them");
  }
  if (!is_absent("maxTokens") && !find_count(body, "maxTokens")) {
    return bad_request("maxTokens must be a whole number of at least 0");
  }
  return std::nullopt;
}

std::optional<Error> check_messages(const json::object& body) {
  const json::array* messages = find_array(body, "messages");
  if (messages == nullptr || messages->empty()) {
    return bad_request("messages must be a non-empty array");
  }
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const json::object* message = (*messages)[i].if_object();
    if (message == nullptr || !find_string(*message, "role")) {
      return bad_request("messages[" + std::to_string(i) + "] must be an object with a role");
    }
  }
  return std::nullopt;
}

json::object make_request(json::object& body) {
  json::object request;
  for (auto& [key, value] : body) {
    const bool own = std::ranges::find(own_members, std::string_view(key)) != own_members.end();
    if (!own) request.emplace(key, std::move(value));
  }
  if (std::optional<std::string_view> system = find_string(body, "systemPrompt")) {
    json::array& messages = request["messages"].get_array();
    messages.insert(messages.begin(), json::object{{"role", "system"}, {"content", *system}});
  }
  if (std::optional<std::uint64_t> tokens = find_count(body, "maxTokens")) {
    request["max_tokens"] = *tokens;
  }
  return request;
}

std::string_view model_of(std::string_view answered, const ChatContext& context) {
  return answered.empty() ? context.model : answered;
}

// A refusal is what the model said; this surface has one place for that.
const std::optional<std::string>& spoken(const ChatChoice& choice) {
  return choice.text || !choice.refusal ? choice.text : choice.refusal;
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(json::string_view(*text)) : json::value(nullptr);
}

void add_line(const json::object& data, std::string& out) {
  out += "data: ";
  out += to_text(data);
  out += "\n\n";
}

void add_delta(std::size_t choice, std::string_view name, json::value value, std::string& out) {
  json::object data = {{"delta", {{name, std::move(value)}}}};
  // The first of several choices is written as if it were the only one.
  if (choice > 0) data["index"] = choice;
  data["done"] = false;
  add_line(data, out);
}

}  // namespace

Result<AiChat> parse_ai_chat(std::string_view text) {
  std::optional<json::value> parsed = parse_json(text);
  if (!parsed) return Error{Errc::invalid_json, "the body must be JSON in UTF-8"};
  json::object* body = parsed->if_object();
  if (body == nullptr) return Error{Errc::bad_request, "the body must be a JSON object"};
  if (std::optional<Error> error = check_types(*body)) return std::move(*error);
  if (std::optional<Error> error = check_messages(*body)) return std::move(*error);

  AiChat chat;
  chat.model = string_or_empty(*body, "model");
  chat.stream = is_true(*body, "stream");
  chat.has_system_prompt = find_string(*body, "systemPrompt").has_value();
  chat.request = make_request(*body);
  return chat;
}

Error renumbered(const Error& error) {
  constexpr std::string_view list = "messages[";
  const std::string& parameter = error.parameter();
  const std::size_t end = parameter.find(']');
  std::size_t number = 0;
  if (!parameter.starts_with(list) || end == parameter.npos) return error;
  std::from_chars(parameter.data() + list.size(), parameter.data() + end, number);
  const std::string before = parameter.substr(0, end + 1);
  const std::string after =
      number == 0 ? "systemPrompt" : std::string(list) + std::to_string(number - 1) + "]";
  std::string message = error.message();
  if (const std::size_t at = message.find(before); at != message.npos) {
    message.replace(at, before.size(), after);
  }
  return {error.code, std::move(message), after + parameter.substr(end + 1)};
}

std::string write_ai_answer(const ChatAnswer& answer, const ChatContext& context) {
  json::array choices;
  for (const ChatChoice& choice : answer.choices) {
    choices.push_back(
        {{"message", {{"role", "assistant"}, {"content", text_or_null(spoken(choice))}}},
         {"finish_reason", choice.finish_reason}});
  }
  static const ChatChoice none;
  const ChatChoice& first = answer.choices.empty() ? none : answer.choices.front();
  const Usage& usage = answer.usage;

  json::object body;
  body["text"] = spoken(first).value_or(std::string());
  body["choices"] = std::move(choices);
  if (!first.tool_calls.empty()) body["toolCalls"] = first.tool_calls;
  if (!first.reasoning.empty()) body["reasoning"] = first.reasoning;
  body["provider"] = context.provider;
  body["model"] = model_of(answer.model, context);
  body["keySource"] = context.key_source;
  body["logId"] = context.log_id;
  body["inputTokens"] = usage.prompt;
  body["outputTokens"] = usage.completion;
  body["usage"] = {{"prompt_tokens", usage.prompt},
                   {"completion_tokens", usage.completion},
                   {"total_tokens", usage.total}};
  return to_text(body);
}

void AiChatStream::write(const ChatEvent& event, std::string& out) {
  if (const auto* start = std::get_if<StreamStart>(&event)) {
    model_ = start->model;
  } else if (const auto* content = std::get_if<ContentDelta>(&event)) {
    add_delta(content->choice, "content", json::string(content->text), out);
  } else if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
    add_delta(refusal->choice, "content", json::string(refusal->text), out);
  } else if (const auto* reasoning = std::get_if<ReasoningDelta>(&event)) {
    add_delta(reasoning->choice, "reasoning", json::string(reasoning->text), out);
  } else if (const auto* tool = std::get_if<ToolDelta>(&event)) {
    add_delta(tool->choice, "toolCalls", json::array{tool->call}, out);
  } else if (const auto* finish = std::get_if<Finish>(&event)) {
    if (finish->choice == 0) finish_reason_ = finish->reason;
  } else if (const auto* usage = std::get_if<Usage>(&event)) {
    usage_ = *usage;
  } else if (const auto* error = std::get_if<Error>(&event)) {
    out += write_ai_stream_error(*error, context_.log_id);
  } else if (std::holds_alternative<StreamDone>(event)) {
    write_end(out);
  }
}

void AiChatStream::write_end(std::string& out) const {
  add_line({{"done", true},
            {"logId", context_.log_id},
            {"provider", context_.provider},
            {"model", model_of(model_, context_)},
            {"keySource", context_.key_source},
            {"inputTokens", usage_.prompt},
            {"outputTokens", usage_.completion},
            {"finishReason", finish_reason_}},
           out);
}

std::string write_ai_stream_error(const Error& error, std::string_view request_id) {
  std::string line;
  add_line({{"error", code_name(error.code)},
            {"message", error.message()},
            {"requestId", request_id},
            {"done", true}},
           line);
  return line;
}

}  // namespace byok::providers
