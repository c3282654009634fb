#include <doctest/doctest.h>

#include "daemon/providers/json_writer.hpp"
#include "tests/providers/support.hpp"

using namespace byok::providers;
using namespace byok::providers::test;

TEST_CASE("JSON is written as it came") {
  const std::string texts[] = {
      "null",
      "true",
      "false",
      "0",
      "-1",
      "9223372036854775807",
      "-9223372036854775808",
      "18446744073709551615",
      "0.5",
      "-0.1",
      "1.0",
      "1e+22",
      "1e-07",
      "\"\"",
      R"("a\"b\\c\n\r\t\u0001\u001f/é😀")",
      "[]",
      "{}",
      "[[],{},[1,2.5,\"x\"]]",
      R"({"a":1,"b":{"c":[null]},"":""})",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(to_text(parse(text)) == text);
  }
  // Beyond a double: still a number, and still beyond.
  CHECK(to_text(parse("[1e999,-1e999]")) == "[1e99999,-1e99999]");
  CHECK(to_text(parse("[0e999,0.0e309]")) == "[0.0,0.0]");
  CHECK(quoted("a\"b") == R"("a\"b")");
}

TEST_CASE("members and elements are set apart, whatever they end in") {
  JsonWriter out;
  out.begin_object();
  out.member("empty", "");
  out.member("bracket", "{");
  out.member("colon", std::string("\":"));
  out.member("nothing", std::optional<std::string>());
  out.member_if_any("absent", std::optional<double>());
  out.member_if_any("present", std::optional<double>(1));
  out.begin_array("array");
  out.value(true);
  out.value(std::int64_t{-1});
  out.value(std::uint64_t{18446744073709551615u});
  out.begin_array();
  out.end_array();
  out.begin_object();
  out.end_object();
  out.value("[");
  out.value(parse_object(R"({"a":[]})"));
  out.end_array();
  const std::size_t before = out.size();
  out.member("taken", "back");
  out.back_to(before);
  out.begin_object("last");
  out.end_object();
  out.end_object();
  CHECK(out.take() == R"({"empty":"","bracket":"{","colon":"\":","nothing":null,"present":1.0,)"
                      R"("array":[true,-1,18446744073709551615,[],{},"[",{"a":[]}],"last":{}})");
}
