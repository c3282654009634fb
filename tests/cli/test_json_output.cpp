// The API's JSON, as a terminal and as a file gets it.
#include <doctest/doctest.h>

#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "tests/cli/served.hpp"

using namespace byok::testing;

TEST_CASE("on a terminal JSON has no controls in it, and says the same") {
  const std::string document =
      "{\"name\":\"\xc2\x9b"
      "31m \x7f \xc3\x9b \xc2\xa0\"}";
  const std::string import = "{\"line\":1,\"ok\":true,\"tenant\":\"\xc2\x9b\"}\n";
  struct Case {
    Words words;
    Reply reply;
    std::string plain;
    std::string shown;
  };
  const Case cases[] = {{{"--json", "status"},
                         ok(document),
                         document + "\n",
                         "{\"name\":\"\\u009b31m \\u007f \xc3\x9b \xc2\xa0\"}"},
                        {{"--json", "import", "/dev/null"},
                         ok(import, "application/x-ndjson"),
                         import,
                         "{\"line\":1,\"ok\":true,\"tenant\":\"\\u009b\"}"}};
  for (const Case& c : cases) {
    CAPTURE(c.words);
    CHECK(Served({c.reply}).run(c.words).out == c.plain);
    Ran ran = Served({c.reply}).run_on_terminal(c.words);
    CHECK(ran.out.find(c.shown) != std::string::npos);
    CHECK(ran.out.find("\xc2\x9b") == std::string::npos);
    CHECK(ran.out.find('\x7f') == std::string::npos);
  }
}

TEST_CASE("numbers are told as people write them") {
  for (const std::string number :
       {"0.25", "-1.5", "100.75", "12", "18446744073709551615", "true"}) {
    CAPTURE(number);
    const auto value = byok::cli::parse_json(number);
    REQUIRE(value.has_value());
    CHECK(byok::cli::text_of(*value) == number);
  }
}

TEST_CASE("a control that comes in two pieces is escaped as one that comes whole") {
  const std::string text = "a\xc2\x80 \xc2\x9f\xc2\xa0\xc2\xc2\x9b\xc3\x80\x1b\t\n\x7fz";
  const std::string escaped = "a\\u0080 \\u009f\xc2\xa0\xc2\\u009b\xc3\x80\\u001b\t\n\\u007fz";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    byok::cli::ControlEscaper escaper;
    std::string taken = escaper.take(text.substr(0, at));
    taken += escaper.take(text.substr(at));
    CHECK(taken == escaped);
  }
}
