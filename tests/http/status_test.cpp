#include <doctest/doctest.h>

#include "daemon/http/status.hpp"

using namespace byok;

TEST_CASE("each error code has the status that the API gives it") {
  struct Case {
    std::string_view name;
    int status;
  };
  const Case cases[] = {
      {"BAD_REQUEST", 400},
      {"INVALID_JSON", 400},
      {"INVALID_KEY", 400},
      {"UNKNOWN_PROVIDER", 400},
      {"UNKNOWN_MODEL", 400},
      {"INVALID_TENANT", 400},
      {"UNSUPPORTED_PARAMETER", 400},
      {"UNAUTHORIZED", 401},
      {"FORBIDDEN", 403},
      {"GLOBAL_KEY_NOT_ALLOWED", 403},
      {"NOT_FOUND", 404},
      {"KEY_NOT_FOUND", 404},
      {"TENANT_NOT_FOUND", 404},
      {"METHOD_NOT_ALLOWED", 405},
      {"TENANT_EXISTS", 409},
      {"REQUEST_TIMEOUT", 408},
      {"LINK_USED", 410},
      {"LINK_EXPIRED", 410},
      {"LINK_REVOKED", 410},
      {"LENGTH_REQUIRED", 411},
      {"BODY_TOO_LARGE", 413},
      {"UNSUPPORTED_MEDIA_TYPE", 415},
      {"HEADERS_TOO_LARGE", 431},
      {"NO_PROVIDER_KEY", 422},
      {"KEY_REJECTED", 422},
      {"RATE_LIMITED", 429},
      {"INTERNAL", 500},
      {"KEY_UNREADABLE", 500},
      {"PROVIDER_UNREACHABLE", 502},
      {"PROVIDER_ERROR", 502},
      {"SEALED", 503},
      {"DRAINING", 503},
      {"OVERLOADED", 503},
      {"STORE_FULL", 503},
      {"AUDIT_UNAVAILABLE", 503},
      {"PROVIDER_TIMEOUT", 504},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto code = code_from_name(c.name);
    REQUIRE(code.has_value());
    CHECK(http::http_status(*code) == c.status);
    CHECK(http::reason_phrase(c.status) != "Status");
  }
}
