#include <doctest/doctest.h>

#include <string>

#include "daemon/http/reply.hpp"

using namespace byok;
using namespace byok::http;

TEST_CASE("an error's sentence names the parameter that it is about, once") {
  struct Case {
    Error error;
    std::string_view message;
  };
  const Case cases[] = {
      {{Errc::bad_request, "'from' must be a day", "from"}, "'from' must be a day"},
      {{Errc::bad_request, "this must be text", "messages[1].content"},
       "this must be text (in messages[1].content)"},
      {{Errc::bad_request, "say it otherwise"}, "say it otherwise"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const Reply reply = error_reply(c.error, "req_1");
    CHECK(reply.body == R"({"error":"BAD_REQUEST","message":")" + std::string(c.message) +
                            R"(","requestId":"req_1"})");
  }
}

TEST_CASE("clients that would try again by themselves are told where that is useless") {
  Error spent{Errc::rate_limited, "openai: spent"};
  const std::string_view field = "x-should-retry: false\r\n";
  CHECK(error_reply(spent, "r").fields.find(field) == std::string::npos);
  spent.set_retry_is_useless();
  CHECK(error_reply(spent, "r").fields.find(field) != std::string::npos);
  CHECK(error_reply(Error(spent), "r").fields.find(field) != std::string::npos);
  CHECK(error_reply({Errc::key_unreadable, "x"}, "r").fields.find(field) != std::string::npos);
  CHECK(error_reply({Errc::internal, "x"}, "r").fields.find(field) == std::string::npos);
}
