// Chat requests to OpenAI, and to those who speak its format: forwarded as they are, but for what
// its reasoning models would refuse.
#include <algorithm>
#include <array>

#include "daemon/providers/chat_formats.hpp"
#include "daemon/providers/json_read.hpp"
#include "daemon/providers/openai_models.hpp"

namespace byok::providers {
namespace {

constexpr std::array<std::string_view, 4> never_with_reasoning = {
    "presence_penalty", "frequency_penalty", "logit_bias", "top_logprobs"};
constexpr std::array<std::string_view, 3> only_without_reasoning = {"temperature", "top_p",
                                                                    "logprobs"};

bool holds(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Whether a reasoning model takes the parameter.
bool is_taken(const json::object& request, std::string_view model, std::string_view name) {
  if (holds(never_with_reasoning, name)) return false;
  if (!holds(only_without_reasoning, name)) return true;
  return samples_without_reasoning(model) && string_or_empty(request, "reasoning_effort") == "none";
}

// Reasoning models know the role "developer" in place of "system".
json::value with_developer_role(const json::value& messages) {
  json::value changed = messages;
  if (!changed.is_array()) return changed;
  for (json::value& each : changed.get_array()) {
    json::object* message = each.if_object();
    if (message != nullptr && string_or_empty(*message, "role") == "system") {
      (*message)["role"] = "developer";
    }
  }
  return changed;
}

json::object with_usage(const json::object& request) {
  json::object options;
  if (const json::object* given = find_object(request, "stream_options")) options = *given;
  options["include_usage"] = true;
  return options;
}

}  // namespace

Result<UpstreamRequest> openai_request(const json::object& request, std::string_view model,
                                       bool stream) {
  const bool reasoning = is_reasoning_model(model);
  UpstreamRequest result;
  result.path = "/v1/chat/completions";
  // Written member by member: the messages can be large, and are not copied unless they change.
  std::string& body = result.body;
  body = "{\"model\":" + quoted(model);
  const auto add = [&body](std::string_view name, const json::value& value) {
    body += ',' + quoted(name) + ':' + to_text(value);
  };

  const json::value* newer_limit = request.if_contains("max_completion_tokens");
  const bool has_newer_limit = newer_limit != nullptr && !newer_limit->is_null();
  for (const auto& [key, value] : request) {
    const std::string_view name = key;
    if (name == "model" || name == "stream" || name == "stream_options") continue;
    if (!reasoning) {
      add(name, value);
    } else if (!is_taken(request, model, name)) {
      if (!value.is_null()) result.dropped.emplace_back(name);
    } else if (name == "messages") {
      add(name, with_developer_role(value));
    } else if (name == "max_completion_tokens" && !has_newer_limit) {
      continue;  // null: the older name may say it
    } else if (name != "max_tokens") {
      add(name, value);
    } else if (!has_newer_limit) {
      add("max_completion_tokens", value);
    }
  }
  if (stream) {
    add("stream", true);
    add("stream_options", with_usage(request));
  }
  body += '}';
  return result;
}

}  // namespace byok::providers
