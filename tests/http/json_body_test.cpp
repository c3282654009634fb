#include <doctest/doctest.h>

#include <string>

#include "daemon/http/json_body.hpp"

using namespace byok;
using http::JsonBody;

TEST_CASE("a body is one JSON object, or nothing at all") {
  for (std::string_view text : {"{}", "", " { } ", R"({"a":1})"}) {
    CAPTURE(text);
    CHECK(JsonBody::parse(text).has_value());
  }
  for (std::string_view text : {"[]", "1", "null", "{", "{}x", R"({"a":})", R"({'a':1})"}) {
    CAPTURE(text);
    auto body = JsonBody::parse(text);
    REQUIRE(body.has_error());
    CHECK(body.error().code == Errc::invalid_json);
  }
}

TEST_CASE("members are read by type, and null is absence") {
  auto body = JsonBody::parse(R"({"text":"a","flag":true,"none":null,"number":1,"object":{}})");
  REQUIRE(body.has_value());
  CHECK(body->text("text").value() == "a");
  CHECK_FALSE(body->text("none").value().has_value());
  CHECK_FALSE(body->text("missing").value().has_value());
  CHECK(body->text("number").error().code == Errc::bad_request);
  CHECK(body->boolean("flag").value() == true);
  CHECK(body->boolean("text").error().code == Errc::bad_request);
  CHECK(body->object("object").value() != nullptr);
  CHECK(body->object("missing").value() == nullptr);
  CHECK(body->object("text").error().code == Errc::bad_request);
}

TEST_CASE("an unknown member is refused without repeating its name") {
  auto body = JsonBody::parse(R"({"sk-secret-in-the-wrong-place":1})");
  REQUIRE(body.has_value());
  auto known = body->only({"apiKey"});
  REQUIRE(known.has_error());
  CHECK(known.error().message().find("sk-secret") == std::string::npos);
  CHECK(known.error().message().find("apiKey") != std::string::npos);
}

TEST_CASE("a long string survives the parser's buffers") {
  std::string key(60'000, 'k');
  auto body = JsonBody::parse(R"({"apiKey":")" + key + "\"}");
  REQUIRE(body.has_value());
  CHECK(body->text("apiKey").value() == key);
}
