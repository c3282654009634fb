#include "daemon/providers/upstream_failure.hpp"

#include <algorithm>
#include <array>

#include "daemon/providers/errors.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {
namespace {

struct Row {
  int status;  // the provider's
  int answered;
  std::string_view type;
  std::string_view code;
};

constexpr std::array rows = {
    Row{400, 400, "invalid_request_error", ""},
    Row{401, 401, "authentication_error", "provider_key_invalid"},
    Row{403, 403, "permission_error", ""},
    Row{404, 404, "invalid_request_error", "model_not_found"},
    Row{408, 504, "server_error", ""},
    Row{413, 413, "invalid_request_error", ""},
    Row{422, 422, "invalid_request_error", ""},
    Row{429, 429, "rate_limit_exceeded", "rate_limit_exceeded"},
    Row{503, 503, "server_error", "overloaded"},
    Row{504, 504, "server_error", ""},
    Row{529, 503, "server_error", "overloaded"},
};
constexpr Row any_other = {0, 502, "server_error", ""};
constexpr Row bad_key = {0, 401, "authentication_error", "provider_key_invalid"};
constexpr Row no_quota = {0, 429, "insufficient_quota", "insufficient_quota"};

// Codes for money that is spent and limits that the account set itself: waiting does not help.
// Source: OpenAI's and Anthropic's documentation of their error codes.
constexpr std::array<std::string_view, 8> quota_codes = {"insufficient_quota",
                                                         "credit_balance_exhausted",
                                                         "organization_spend_limit_exceeded",
                                                         "project_spend_limit_exceeded",
                                                         "organization_usage_limit_exceeded",
                                                         "enforced_spend_limit_reached",
                                                         "contract_spend_limit_reached",
                                                         "billing_error"};

bool is_quota_code(std::string_view word) {
  return std::ranges::find(quota_codes, word) != quota_codes.end();
}

bool speaks_of_quota(const json::object& error) {
  if (is_quota_code(string_or_empty(error, "type"))) return true;
  if (is_quota_code(string_or_empty(error, "code"))) return true;
  const json::object* details = find_object(error, "details");
  return details != nullptr && is_quota_code(string_or_empty(*details, "error_code"));
}

// google.rpc.RetryInfo among the details: "34s", or with a fraction. Whole seconds, rounded up.
std::optional<std::string> gemini_delay(const json::object& error) {
  const json::array* details = find_array(error, "details");
  if (details == nullptr) return std::nullopt;
  for (const json::value& each : *details) {
    const json::object* detail = each.if_object();
    std::string_view delay = detail ? string_or_empty(*detail, "retryDelay") : std::string_view();
    if (!delay.ends_with('s')) continue;
    delay.remove_suffix(1);
    const std::size_t digits = std::min(delay.find_first_not_of("0123456789"), delay.size());
    if (digits == 0 || digits > 6) continue;
    const bool has_fraction = digits < delay.size();
    return std::to_string(std::stoul(std::string(delay.substr(0, digits))) +
                          (has_fraction ? 1 : 0));
  }
  return std::nullopt;
}

const Row& row_of(int status, KeyVerdict key, const json::object& error) {
  if (key == KeyVerdict::rejected) return bad_key;
  if (status == 402 || (status == 429 && speaks_of_quota(error))) return no_quota;
  const auto* row = std::ranges::find(rows, status, &Row::status);
  return row == rows.end() ? any_other : *row;
}

}  // namespace

UpstreamFailure read_failure(Format format, int status, std::string_view body,
                             std::string_view retry_after) {
  static const json::object none;
  const std::optional<json::object> parsed = parse_json_object(body);
  const json::object* found = parsed ? find_object(*parsed, "error") : nullptr;
  const json::object& error = found ? *found : none;

  UpstreamFailure failure;
  failure.key = judge_probe(format, status, body);
  const Row& row = row_of(status, failure.key, error);
  failure.status = row.answered;
  failure.type = row.type;
  failure.code = row.code;
  failure.message = error_message(format, body);
  failure.retry_is_useless = &row == &no_quota;
  if (failure.retry_is_useless) return failure;
  if (!retry_after.empty()) {
    failure.retry_after = retry_after;
  } else if (status == 429 || status == 503) {
    failure.retry_after = gemini_delay(error);
  }
  return failure;
}

std::string openai_failure_body(const UpstreamFailure& failure) {
  json::value code;
  if (!failure.code.empty()) code = json::string(failure.code);
  return to_text(json::object{{"error",
                               {{"message", failure.message},
                                {"type", failure.type},
                                {"param", nullptr},
                                {"code", std::move(code)}}}});
}

}  // namespace byok::providers
