#include <doctest/doctest.h>

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
  CHECK(quoted("a\"b") == R"("a\"b")");
}
