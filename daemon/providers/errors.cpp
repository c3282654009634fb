#include "daemon/providers/errors.hpp"

#include <array>
#include <optional>
#include <span>

#include "daemon/providers/json_read.hpp"
#include "daemon/providers/text.hpp"

namespace byok::providers {
namespace {

constexpr std::size_t max_message = 500;
constexpr std::string_view no_message = "the provider answered with an error that does not say why";

// Error objects of the three providers, and what servers in between or servers of open models send:
// "error" as a string, "message" or "detail" without an error object.
std::optional<std::string_view> find_message(const json::object& body) {
  if (const json::object* error = find_object(body, "error")) {
    if (auto message = find_string(*error, "message")) return message;
  }
  for (std::string_view key : {"error", "message", "detail"}) {
    if (auto message = find_string(body, key)) return message;
  }
  return std::nullopt;
}

struct StatusName {
  int status;
  std::string_view name;
};

std::string_view name_of(std::span<const StatusName> table, int status, std::string_view client,
                         std::string_view server) {
  for (const StatusName& row : table) {
    if (row.status == status) return row.name;
  }
  return status < 500 ? client : server;
}

constexpr std::array openai_types = {
    StatusName{401, "authentication_error"},
    StatusName{403, "permission_error"},
    StatusName{429, "rate_limit_exceeded"},
};

constexpr std::array anthropic_types = {
    StatusName{401, "authentication_error"}, StatusName{402, "billing_error"},
    StatusName{403, "permission_error"},     StatusName{404, "not_found_error"},
    StatusName{409, "conflict_error"},       StatusName{413, "request_too_large"},
    StatusName{429, "rate_limit_error"},     StatusName{503, "overloaded_error"},
    StatusName{504, "timeout_error"},        StatusName{529, "overloaded_error"},
};

// The names of google.rpc.Code, by the HTTP status that google/rpc/code.proto gives for each.
constexpr std::array gemini_statuses = {
    StatusName{401, "UNAUTHENTICATED"},    StatusName{403, "PERMISSION_DENIED"},
    StatusName{404, "NOT_FOUND"},          StatusName{408, "DEADLINE_EXCEEDED"},
    StatusName{409, "ALREADY_EXISTS"},     StatusName{422, "FAILED_PRECONDITION"},
    StatusName{429, "RESOURCE_EXHAUSTED"}, StatusName{502, "UNAVAILABLE"},
    StatusName{503, "UNAVAILABLE"},        StatusName{504, "DEADLINE_EXCEEDED"},
};

json::object openai_error(const Error& error, int status) {
  json::value parameter;
  if (!error.parameter().empty()) parameter = error.parameter();
  return {{"error",
           {{"message", error.message()},
            {"type", name_of(openai_types, status, "invalid_request_error", "server_error")},
            {"param", std::move(parameter)},
            // byokd's own codes in OpenAI's spelling: none of them is one of OpenAI's, so a bad
            // token of byokd's is told from a bad key of the provider's ("invalid_api_key").
            {"code", to_lower(code_name(error.code))}}}};
}

json::object anthropic_error(int status, std::string_view message, std::string_view request_id) {
  return {{"type", "error"},
          {"error",
           {{"type", name_of(anthropic_types, status, "invalid_request_error", "api_error")},
            {"message", message}}},
          {"request_id", request_id}};
}

json::object gemini_error(int status, std::string_view message) {
  return {{"error",
           {{"code", status},
            {"message", message},
            {"status", name_of(gemini_statuses, status, "INVALID_ARGUMENT", "INTERNAL")}}}};
}

}  // namespace

std::string error_message(Format, std::string_view body) {
  const std::optional<json::object> object = parse_json_object(body);
  const std::string_view message = object ? find_message(*object).value_or(no_message) : no_message;
  return one_line(is_blank(message) ? no_message : message, max_message);
}

bool speaks_of_account(std::string_view message) {
  const std::string lower = to_lower(message);
  for (std::string_view word : {"key", "organization", "organisation", "project", "account"}) {
    if (lower.find(word) != lower.npos) return true;
  }
  return false;
}

std::string error_body(Format format, const Error& error, int status, std::string_view request_id) {
  switch (format) {
    case Format::openai:
      return to_text(openai_error(error, status));
    case Format::anthropic:
      return to_text(anthropic_error(status, error.message(), request_id));
    case Format::gemini:
      return to_text(gemini_error(status, error.message()));
  }
  return {};  // not a Format: memory is corrupt
}

}  // namespace byok::providers
