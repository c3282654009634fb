#include "daemon/providers/probe.hpp"

#include <doctest/doctest.h>

using namespace byok::providers;

TEST_CASE("the answer to a probe tells what the key is worth") {
  constexpr Format openai = Format::openai;
  constexpr Format anthropic = Format::anthropic;
  constexpr Format gemini = Format::gemini;
  struct Case {
    std::string_view name;
    Format format;
    int status;
    const char* body;
    const char* verdict;
  };
  const Case cases[] = {
      {"openai list", openai, 200, R"({"object":"list","data":[{"id":"gpt-4o"}]})", "valid"},
      {"openai empty list", openai, 200, R"({"object":"list","data":[]})", "valid"},
      {"openai bad key", openai, 401, R"({"error":{"message":"x","code":"invalid_api_key"}})",
       "rejected"},
      {"openai scopes by 401", openai, 401,
       R"({"error":{"message":"You have insufficient permissions. Missing scopes: api.model.read"}})",
       "restricted"},
      {"openai scopes by 403", openai, 403, R"({"error":{"message":"Missing scopes: x"}})",
       "restricted"},
      {"openai region", openai, 403,
       R"({"error":{"code":"unsupported_country_region_territory","message":"x"}})", "unknown"},
      {"openai quota", openai, 429, R"({"error":{"code":"insufficient_quota","message":"x"}})",
       "unknown"},
      {"anthropic list", anthropic, 200, R"({"data":[],"has_more":false})", "valid"},
      {"anthropic bad key", anthropic, 401,
       R"({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}})",
       "rejected"},
      {"anthropic permission", anthropic, 403,
       R"({"type":"error","error":{"type":"permission_error","message":"x"}})", "restricted"},
      {"anthropic other 403", anthropic, 403,
       R"({"type":"error","error":{"type":"forbidden","message":"Request not allowed"}})",
       "unknown"},
      {"anthropic overload", anthropic, 529,
       R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})", "unknown"},
      {"gemini list", gemini, 200, R"({"models":[{"name":"models/x"}]})", "valid"},
      {"gemini bad key", gemini, 400,
       R"({"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}})",
       "rejected"},
      {"gemini bad key in an array", gemini, 400,
       R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}])",
       "rejected"},
      {"gemini other 400", gemini, 400,
       R"({"error":{"code":400,"message":"bad pageSize","status":"INVALID_ARGUMENT"}})", "unknown"},
      {"gemini region", gemini, 400,
       R"({"error":{"code":400,"message":"x","status":"FAILED_PRECONDITION"}})", "unknown"},
      {"gemini token type", gemini, 401,
       R"({"error":{"code":401,"message":"x","status":"UNAUTHENTICATED"}})", "rejected"},
      {"gemini blocked service", gemini, 403,
       R"({"error":{"status":"PERMISSION_DENIED","message":"x","details":[{"reason":"API_KEY_SERVICE_BLOCKED"}]}})",
       "rejected"},
      {"gemini leaked", gemini, 403,
       R"({"error":{"status":"PERMISSION_DENIED","message":"Your API key was reported as leaked."}})",
       "rejected"},
      {"gemini denied", gemini, 403, R"({"error":{"status":"PERMISSION_DENIED","message":"no"}})",
       "restricted"},
      {"gemini overload", gemini, 503, R"({"error":{"status":"UNAVAILABLE"}})", "unknown"},
      {"another API's 200", openai, 200, R"({"hello":1})", "unknown"},
      {"a portal's 200", openai, 200, "<html>log in</html>", "unknown"},
      {"a proxy's 401", anthropic, 401, "<html>no</html>", "unknown"},
      {"a proxy's 403", gemini, 403, "", "unknown"},
      {"a server error", openai, 500, R"({"error":{"message":"x"}})", "unknown"},
      {"a redirect", openai, 302, "", "unknown"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(verdict_name(judge_probe(c.format, c.status, c.body)) == c.verdict);
  }
}

TEST_CASE("the probe is each provider's list of models") {
  CHECK(probe_path(Format::openai) == "/v1/models");
  CHECK(probe_path(Format::anthropic) == "/v1/models?limit=1");
  CHECK(probe_path(Format::gemini) == "/v1beta/models?pageSize=1");
}
