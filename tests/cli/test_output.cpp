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

TEST_CASE("a table's columns are those of the terminal, whatever the locale") {
  struct Case {
    std::string_view name;
    std::string text;
    std::size_t columns;
  };
  const Case cases[] = {
      {"ASCII", "abc", 3},
      {"an accent", "\xc3\xa9", 1},
      {"CJK", "\xe5\x90\x8d\xe5\x89\x8d", 4},
      {"an emoji", "\xf0\x9f\x98\x80", 2},
      {"a combining mark", "e\xcc\x81", 1},
      {"a full-width letter", "\xef\xbc\xa1", 2},
      {"what is not UTF-8", "\xe5\x90", 2},
      {"private use", "\xee\x80\x80", 1},
      {"nothing", "", 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(columns(c.text) == c.columns);
  }
  CHECK(render({{"NAME", "ID"}, {{"\xe5\x90\x8d\xe5\x89\x8d", "1"}, {"e\xcc\x81", "2"}}}, false) ==
        "NAME  ID\n"
        "\xe5\x90\x8d\xe5\x89\x8d  1\n"
        "e\xcc\x81     2\n");
}

TEST_CASE("on one line no text turns the direction of another, nor begins a line") {
  for (const std::string left_out :
       {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
        "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",
        "\xe2\x81\xa9", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xd8\x9c"}) {
    CAPTURE(left_out);
    CHECK(on_one_line("a" + left_out + "b") == "ab");
    // Nor are they, or controls, put together by what is left out.
    CHECK(on_one_line(left_out.substr(0, 2) + left_out + left_out.substr(2) + "b") == "b");
    CHECK(on_one_line("\xc2" + left_out + "\x9b" + "b") == "b");
    CHECK(on_one_line(left_out.substr(0, 1) + "\x1b" + left_out.substr(1) + "b") == "b");
    CHECK(without_controls(left_out) == left_out);
  }
  for (const std::string kept : {"\xe2\x80\x8d", "\xd8\x9b", "\xe2\x80\xa7", "\xe2\x80\xaf",
                                 "\xe2\x81\xa5", "\xe2\x81\xaa"}) {
    CHECK(on_one_line(kept) == kept);
  }
  CHECK(render({{"NAME"},
                {{"a\xe2\x80\xae"
                  "b"}}},
               false) == "NAME\nab\n");
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
