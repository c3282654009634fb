#include "daemon/providers/errors.hpp"

#include <doctest/doctest.h>

using namespace byok;
using namespace byok::providers;

TEST_CASE("the provider's message is found in any shape of error") {
  const std::string generic = "the provider answered with an error that does not say why";
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 300; ++i) text += "\xE2\x82\xAC";
    return text;
  }();
  struct Case {
    std::string_view name;
    std::string body;
    std::string message;
  };
  const Case cases[] = {
      {"openai", R"({"error":{"message":"No such model","type":"x","param":null,"code":null}})",
       "No such model"},
      {"anthropic", R"({"type":"error","error":{"type":"x","message":"Overloaded"}})",
       "Overloaded"},
      {"gemini", R"({"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}})", "Bad"},
      {"gemini in an array", R"([{"error":{"code":400,"message":"Bad"}}])", "Bad"},
      {"error as a string", R"({"error":"no route"})", "no route"},
      {"message alone", R"({"object":"error","message":"hm"})", "hm"},
      {"detail alone", R"({"detail":"Not Found"})", "Not Found"},
      {"html", "<html><body>502 Bad Gateway</body></html>", generic},
      {"empty", "", generic},
      {"blank message", R"({"error":{"message":"  "}})", generic},
      {"message of another type", R"({"error":{"message":{"a":1}}})", generic},
      {"broken UTF-8", "{\"error\":\"\xFF\"}", generic},
      {"control characters", R"({"error":"a\n\u001b[31mb\u007fc\u009bd"})", "a  [31mb c d"},
      {"too long", R"({"error":")" + std::string(600, 'x') + "\"}", std::string(497, 'x') + "..."},
      {"too long, cut between characters", "{\"error\":\"" + euros + "\"}",
       euros.substr(0, 495) + "..."},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(error_message(Format::openai, c.body) == c.message);
  }
}

TEST_CASE("byokd's own errors take the shape of the provider whose path was called") {
  struct Case {
    std::string_view name;
    Format format;
    Errc code;
    int status;
    const char* body;
  };
  const Case cases[] = {
      {"openai unauthorized", Format::openai, Errc::unauthorized, 401,
       R"({"error":{"message":"say \"hi\"","type":"authentication_error","param":null,"code":"unauthorized"}})"},
      {"openai no key", Format::openai, Errc::no_provider_key, 422,
       R"({"error":{"message":"say \"hi\"","type":"invalid_request_error","param":null,"code":"no_provider_key"}})"},
      {"openai limit", Format::openai, Errc::rate_limited, 429,
       R"({"error":{"message":"say \"hi\"","type":"rate_limit_exceeded","param":null,"code":"rate_limited"}})"},
      {"openai unreachable", Format::openai, Errc::provider_unreachable, 502,
       R"({"error":{"message":"say \"hi\"","type":"server_error","param":null,"code":"provider_unreachable"}})"},
      {"openai time-out", Format::openai, Errc::provider_timeout, 504,
       R"({"error":{"message":"say \"hi\"","type":"server_error","param":null,"code":"provider_timeout"}})"},
      {"openai bad request", Format::openai, Errc::bad_request, 400,
       R"({"error":{"message":"say \"hi\"","type":"invalid_request_error","param":null,"code":"bad_request"}})"},
      {"openai sealed", Format::openai, Errc::sealed, 503,
       R"({"error":{"message":"say \"hi\"","type":"server_error","param":null,"code":"sealed"}})"},
      {"anthropic unauthorized", Format::anthropic, Errc::unauthorized, 401,
       R"({"type":"error","error":{"type":"authentication_error","message":"say \"hi\""},"request_id":"req_1"})"},
      {"anthropic no key", Format::anthropic, Errc::no_provider_key, 422,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"say \"hi\""},"request_id":"req_1"})"},
      {"anthropic too large", Format::anthropic, Errc::body_too_large, 413,
       R"({"type":"error","error":{"type":"request_too_large","message":"say \"hi\""},"request_id":"req_1"})"},
      {"anthropic unreachable", Format::anthropic, Errc::provider_unreachable, 502,
       R"({"type":"error","error":{"type":"api_error","message":"say \"hi\""},"request_id":"req_1"})"},
      {"anthropic draining", Format::anthropic, Errc::draining, 503,
       R"({"type":"error","error":{"type":"overloaded_error","message":"say \"hi\""},"request_id":"req_1"})"},
      {"gemini forbidden", Format::gemini, Errc::global_key_not_allowed, 403,
       R"({"error":{"code":403,"message":"say \"hi\"","status":"PERMISSION_DENIED"}})"},
      {"gemini bad request", Format::gemini, Errc::bad_request, 400,
       R"({"error":{"code":400,"message":"say \"hi\"","status":"INVALID_ARGUMENT"}})"},
      {"gemini time-out", Format::gemini, Errc::provider_timeout, 504,
       R"({"error":{"code":504,"message":"say \"hi\"","status":"DEADLINE_EXCEEDED"}})"},
      {"gemini internal", Format::gemini, Errc::internal, 500,
       R"({"error":{"code":500,"message":"say \"hi\"","status":"INTERNAL"}})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(error_body(c.format, {c.code, "say \"hi\""}, c.status, "req_1") == c.body);
  }
}
