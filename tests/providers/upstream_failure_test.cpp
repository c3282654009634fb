#include "daemon/providers/upstream_failure.hpp"

#include <doctest/doctest.h>

#include "tests/providers/support.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

TEST_CASE("a provider's refusal in OpenAI's words") {
  struct Case {
    std::string_view name;
    Format format;
    int status;
    std::string body;
    std::string retry_after;
    int answered;
    std::string type;
    std::string code;
    std::string wait = {};
    bool useless = false;
  };
  const auto claude = [](const std::string& type, const std::string& more = "") {
    return R"({"type":"error","error":{"type":")" + type + R"(","message":"m")" + more + "}}";
  };
  const auto google = [](const std::string& status, const std::string& more = "") {
    return R"({"error":{"code":1,"message":"m","status":")" + status + "\"" + more + "}}";
  };
  const auto openai = [](const std::string& code) {
    return R"({"error":{"message":"m","type":"t","code":")" + code + R"("}})";
  };
  const std::string authentication = "authentication_error";
  const std::string invalid = "invalid_request_error";
  const std::string server = "server_error";
  const Case cases[] = {
      {"claude: bad key", Format::anthropic, 401, claude(authentication), "", 401, authentication,
       "provider_key_invalid"},
      {"gemini: bad key", Format::gemini, 400,
       google("INVALID_ARGUMENT", R"(,"details":[{"reason":"API_KEY_INVALID"}])"), "", 401,
       authentication, "provider_key_invalid"},
      {"openai: bad key", Format::openai, 401, openai("invalid_api_key"), "", 401, authentication,
       "provider_key_invalid"},
      {"gemini: a token that is no key", Format::gemini, 401, google("UNAUTHENTICATED"), "", 401,
       authentication, "provider_key_invalid"},
      {"claude: bad argument", Format::anthropic, 400, claude(invalid), "", 400, invalid, ""},
      {"openai: bad argument", Format::openai, 400, openai("unsupported_value"), "", 400, invalid,
       ""},
      {"gemini: bad argument", Format::gemini, 400, google("INVALID_ARGUMENT"), "", 400, invalid,
       ""},
      {"denied", Format::gemini, 403, google("PERMISSION_DENIED"), "", 403, "permission_error", ""},
      {"claude: denied", Format::anthropic, 403, claude("permission_error"), "", 403,
       "permission_error", ""},
      {"openai: denied", Format::openai, 403, openai("x"), "", 403, "permission_error", ""},
      {"gemini: no such model", Format::gemini, 404, google("NOT_FOUND"), "", 404, invalid,
       "model_not_found"},
      {"no such model", Format::anthropic, 404, claude("not_found_error"), "", 404, invalid,
       "model_not_found"},
      {"too large", Format::anthropic, 413, "<html>", "", 413, invalid, ""},
      {"unprocessable", Format::openai, 422, openai("x"), "", 422, invalid, ""},
      {"claude: no money", Format::anthropic, 402, claude("billing_error"), "5", 429,
       "insufficient_quota", "insufficient_quota", "", true},
      {"claude: own limit", Format::anthropic, 429,
       claude("rate_limit_error", R"(,"details":{"error_code":"enforced_spend_limit_reached"})"),
       "", 429, "insufficient_quota", "insufficient_quota", "", true},
      {"claude: the contract's limit", Format::anthropic, 429,
       claude("rate_limit_error", R"(,"details":{"error_code":"contract_spend_limit_reached"})"),
       "", 429, "insufficient_quota", "insufficient_quota", "", true},
      {"claude: a code that is no quota", Format::anthropic, 429,
       claude("rate_limit_error", R"(,"details":{"error_code":"ramp_limit_exceeded"})"), "3", 429,
       "rate_limit_exceeded", "rate_limit_exceeded", "3"},
      {"openai: quota", Format::openai, 429, openai("insufficient_quota"), "5", 429,
       "insufficient_quota", "insufficient_quota", "", true},
      {"openai: the organization's limit", Format::openai, 429,
       openai("organization_spend_limit_exceeded"), "", 429, "insufficient_quota",
       "insufficient_quota", "", true},
      {"openai: the project's limit", Format::openai, 429, openai("project_spend_limit_exceeded"),
       "", 429, "insufficient_quota", "insufficient_quota", "", true},
      {"openai: the organization's use", Format::openai, 429,
       openai("organization_usage_limit_exceeded"), "", 429, "insufficient_quota",
       "insufficient_quota", "", true},
      {"openai: too fast", Format::openai, 429, openai("rate_limit_exceeded"), "20", 429,
       "rate_limit_exceeded", "rate_limit_exceeded", "20"},
      {"openai: no money", Format::openai, 429, openai("credit_balance_exhausted"), "", 429,
       "insufficient_quota", "insufficient_quota", "", true},
      {"claude: too fast", Format::anthropic, 429, claude("rate_limit_error"), "12", 429,
       "rate_limit_exceeded", "rate_limit_exceeded", "12"},
      {"gemini: too fast", Format::gemini, 429,
       google("RESOURCE_EXHAUSTED", R"(,"details":[{"reason":"x"},{"retryDelay":"34s"}])"), "", 429,
       "rate_limit_exceeded", "rate_limit_exceeded", "34"},
      {"gemini: too fast, in an array", Format::gemini, 429,
       "[" + google("RESOURCE_EXHAUSTED", R"(,"details":[{"retryDelay":"34s"}])") + "]", "", 429,
       "rate_limit_exceeded", "rate_limit_exceeded", "34"},
      {"gemini: a fraction is rounded up", Format::gemini, 429,
       google("RESOURCE_EXHAUSTED", R"(,"details":[{"retryDelay":"1.5s"}])"), "", 429,
       "rate_limit_exceeded", "rate_limit_exceeded", "2"},
      {"gemini: a delay that is none", Format::gemini, 429,
       google("RESOURCE_EXHAUSTED", R"(,"details":[{"retryDelay":"99999999999999999999s"}])"), "",
       429, "rate_limit_exceeded", "rate_limit_exceeded"},
      {"claude: overloaded", Format::anthropic, 529, claude("overloaded_error"), "", 503, server,
       "overloaded"},
      {"unavailable", Format::gemini, 503, google("UNAVAILABLE"), "3", 503, server, "overloaded",
       "3"},
      {"openai: overloaded", Format::openai, 503, openai("server_is_overloaded"), "", 503, server,
       "overloaded"},
      {"claude: broken", Format::anthropic, 500, claude("api_error"), "", 502, server, ""},
      {"bad gateway", Format::gemini, 502, "<html>", "", 502, server, ""},
      {"claude: timeout", Format::anthropic, 504, claude("timeout_error"), "", 504, server, ""},
      {"request timeout", Format::openai, 408, "", "", 504, server, ""},
      {"gateway timeout", Format::openai, 504, "", "", 504, server, ""},
      {"broken", Format::openai, 500, "", "", 502, server, ""},
      {"a redirect", Format::openai, 302, "", "", 502, server, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const UpstreamFailure failure = read_failure(c.format, c.status, c.body, c.retry_after);
    CHECK(failure.status == c.answered);
    CHECK(failure.retry_after.value_or("") == c.wait);
    CHECK(failure.retry_is_useless == c.useless);
    const json::object error = parse_object(openai_failure_body(failure)).at("error").as_object();
    CHECK(string_or_empty(error, "type") == c.type);
    CHECK(string_or_empty(error, "code") == c.code);
    CHECK(error.at("code").is_null() == c.code.empty());
    // The provider's own words, where it said any.
    const bool says_why = c.body.find(R"("message":"m")") != std::string::npos;
    CHECK((string_or_empty(error, "message") == "m") == says_why);
    CHECK(!string_or_empty(error, "message").empty());
  }
}
