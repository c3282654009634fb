#include <doctest/doctest.h>

#include "cli/outcome.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

using namespace byok;
using namespace byok::cli;

TEST_CASE("a table's columns are as wide as their widest cell") {
  Table table{{"A", "LONG"}, {{"wide one", "x"}, {"\xc3\xa9", "-"}}};
  CHECK(render(table, false) ==
        "A         LONG\n"
        "wide one  x\n"
        "\xc3\xa9         -\n");
  CHECK(render(table, true).starts_with("\x1b[1mA         LONG\x1b[0m\n"));
}

TEST_CASE("a cell cannot speak to the terminal, nor break the table") {
  Table table{{"NAME"},
              {{"a\x1b[31m\nb\xc2\x9b"
                "c\td"}}};
  CHECK(render(table, false) == "NAME\na[31m bc d\n");
}

TEST_CASE("no control is put together by what is left out between its halves") {
  for (const std::string text : {"\xc2\x9b", "\xc2\xc2\x9b\x9b", "\xc2\x1b\x9b", "\xc2\x7f\x80"}) {
    CAPTURE(text);
    CHECK(without_controls(text + "a") == "a");
  }
  CHECK(without_controls("\xc2\xa0\xc3\x9b") == "\xc2\xa0\xc3\x9b");
}

TEST_CASE("bytes that are not UTF-8 are replaced, and all others kept") {
  struct Case {
    std::string_view name;
    std::string text;
    std::string result;
  };
  const std::string bad = "\xef\xbf\xbd";
  const Case cases[] = {
      {"ASCII", "abc", "abc"},
      {"two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
       "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"Latin-1", "caf\xe9 x", "caf" + bad + " x"},
      {"cut short", "a\xe2\x82", "a" + bad + bad},
      {"overlong", "\xc0\xaf\xe0\x80\xaf", bad + bad + bad + bad + bad},
      {"surrogate", "\xed\xa0\x80", bad + bad + bad},
      {"past the last character", "\xf4\x90\x80\x80", bad + bad + bad + bad},
      {"a lone continuation", "\x80", bad},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(well_formed(c.text) == c.result);
  }
}

TEST_CASE("sizes and times are told in units that people read") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(std::uint64_t{64} << 30) == "64.0 GiB");
  CHECK(human_seconds(59) == "59s");
  CHECK(human_seconds(303) == "5m 3s");
  CHECK(human_seconds(7200) == "2h 0m");
  CHECK(human_seconds(3 * 86400 + 4 * 3600) == "3d 4h");
}

TEST_CASE("each error of the API has the exit code that scripts count on") {
  struct Case {
    Errc code;
    Exit exit;
  };
  const Case cases[] = {
      {Errc::unauthorized, Exit::unauthorized}, {Errc::forbidden, Exit::unauthorized},
      {Errc::key_not_found, Exit::not_found},   {Errc::tenant_not_found, Exit::not_found},
      {Errc::not_found, Exit::not_found},       {Errc::no_provider_key, Exit::no_key},
      {Errc::key_rejected, Exit::failed},       {Errc::invalid_key, Exit::failed},
      {Errc::provider_error, Exit::failed},     {Errc::internal, Exit::failed},
      {Errc::tenant_exists, Exit::failed},      {Errc::rate_limited, Exit::failed},
  };
  for (const Case& c : cases) {
    CAPTURE(code_name(c.code));
    CHECK(exit_of(c.code) == c.exit);
  }
  CHECK(exit_of(HttpFailure::unreachable) == Exit::unreachable);
  CHECK(exit_of(HttpFailure::untrusted) == Exit::unreachable);
  for (const HttpFailure failure :
       {HttpFailure::misnamed, HttpFailure::invalid, HttpFailure::no_tls, HttpFailure::disagreed}) {
    CHECK(exit_of(failure) == Exit::unreachable);
  }
  CHECK(exit_of(HttpFailure::interrupted) == Exit::interrupted);
}
