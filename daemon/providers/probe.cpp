#include "daemon/providers/probe.hpp"

#include <algorithm>
#include <array>

#include "daemon/providers/json_read.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

bool is_model_list(Format format, const json::object& body) {
  return find_array(body, format == Format::gemini ? "models" : "data") != nullptr;
}

const json::object& error_of(const json::object& body) {
  static const json::object none;
  const json::object* error = find_object(body, "error");
  return error == nullptr ? none : *error;
}

bool message_holds(const json::object& error, std::string_view lower) {
  return to_lower(string_or_empty(error, "message")).find(lower) != std::string::npos;
}

// OpenAI has answered restricted keys with 401 as well as with 403.
KeyVerdict judge_openai(int status, const json::object& error) {
  const bool lacks_scope =
      message_holds(error, "missing scopes") || message_holds(error, "insufficient permissions");
  if (status == 401) return lacks_scope ? KeyVerdict::restricted : KeyVerdict::rejected;
  if (status != 403) return KeyVerdict::unknown;
  // The place of the caller is refused, whatever the key.
  const bool by_region = string_or_empty(error, "code") == "unsupported_country_region_territory";
  return by_region ? KeyVerdict::unknown : KeyVerdict::restricted;
}

KeyVerdict judge_anthropic(int status, const json::object& error) {
  const std::string_view type = string_or_empty(error, "type");
  if (status == 401) return KeyVerdict::rejected;
  return status == 403 && type == "permission_error" ? KeyVerdict::restricted : KeyVerdict::unknown;
}

// google.rpc.ErrorInfo among the details.
bool has_reason(const json::object& error, std::string_view reason) {
  const json::array* details = find_array(error, "details");
  return details != nullptr && std::ranges::any_of(*details, [reason](const json::value& each) {
           const json::object* detail = each.if_object();
           return detail != nullptr && string_or_empty(*detail, "reason") == reason;
         });
}

// Google answers bad keys with 400, like any bad argument: only the reason tells. The message is
// what older answers have instead of details.
KeyVerdict judge_gemini(int status, const json::object& error) {
  constexpr std::array<std::string_view, 3> reasons = {"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED",
                                                       "ACCESS_TOKEN_TYPE_UNSUPPORTED"};
  constexpr std::array<std::string_view, 3> messages = {"api key not valid", "api key expired",
                                                        "reported as leaked"};
  if (status != 400 && status != 401 && status != 403) return KeyVerdict::unknown;
  const bool named =
      std::ranges::any_of(reasons, [&](auto reason) { return has_reason(error, reason); }) ||
      std::ranges::any_of(messages, [&](auto text) { return message_holds(error, text); });
  if (named || status == 401) return KeyVerdict::rejected;
  const bool denied = status == 403 && string_or_empty(error, "status") == "PERMISSION_DENIED";
  return denied ? KeyVerdict::restricted : KeyVerdict::unknown;
}

}  // namespace

std::string_view probe_path(Format format) {
  switch (format) {
    case Format::openai:
      return "/v1/models";
    case Format::anthropic:
      return "/v1/models?limit=1";
    case Format::gemini:
      return "/v1beta/models?pageSize=1";
  }
  return {};  // not a Format: memory is corrupt
}

std::string_view verdict_name(KeyVerdict verdict) {
  switch (verdict) {
    case KeyVerdict::valid:
      return "valid";
    case KeyVerdict::restricted:
      return "restricted";
    case KeyVerdict::rejected:
      return "rejected";
    case KeyVerdict::unknown:
      return "unknown";
  }
  return "unknown";  // not a KeyVerdict: memory is corrupt
}

KeyVerdict judge_probe(Format format, int status, std::string_view body) {
  // A portal or proxy that is none of the provider's answers 200, 401 and 403, too.
  const std::optional<json::object> parsed = parse_json_object(body);
  if (!parsed) return KeyVerdict::unknown;
  if (status == 200) {
    return is_model_list(format, *parsed) ? KeyVerdict::valid : KeyVerdict::unknown;
  }
  const json::object& error = error_of(*parsed);
  switch (format) {
    case Format::openai:
      return judge_openai(status, error);
    case Format::anthropic:
      return judge_anthropic(status, error);
    case Format::gemini:
      return judge_gemini(status, error);
  }
  return KeyVerdict::unknown;  // not a Format: memory is corrupt
}

}  // namespace byok::providers
