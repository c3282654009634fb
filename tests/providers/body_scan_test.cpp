#include "daemon/providers/body_scan.hpp"

#include <doctest/doctest.h>

#include <string>

using byok::providers::BodyScan;
using State = BodyScan::State;

namespace {

// What a scan found, as text: "state model stream offset+length".
std::string show(const BodyScan& scan) {
  std::string shown = scan.state() == State::done   ? "done"
                      : scan.state() == State::more ? "more"
                                                    : "malformed";
  if (scan.model_found()) {
    shown += " " + std::string(scan.model()) + "@" + std::to_string(scan.model_offset()) + "+" +
             std::to_string(scan.model_length());
  }
  if (scan.stream()) shown += *scan.stream() ? " stream" : " whole";
  return shown;
}

std::string scan_in_pieces(std::string_view body, std::size_t size) {
  BodyScan scan;
  for (std::size_t at = 0; at < body.size(); at += size) scan.feed(body.substr(at, size));
  return show(scan);
}

struct Case {
  std::string_view name;
  std::string body;
  std::string found;
};

const Case cases[] = {
    {"both members", R"({"model":"gpt-4o","stream":true})", "done gpt-4o@10+6 stream"},
    {"stream first", R"({"stream":false,"model":"m"})", "done m@25+1 whole"},
    {"no stream", R"({"model":"m","n":1})", "done m@10+1"},
    {"no model", R"({"messages":[]})", "done"},
    {"empty object", "{}", "done"},
    {"white space everywhere", " \n{ \"model\" :\t\"m\" , \"stream\" : true }",
     "done m@15+1 stream"},
    {"what follows both is not looked at", R"({"model":"m","stream":true,!!)",
     "done m@10+1 stream"},
    {"model inside nested values", R"({"a":{"model":"x","b":[{"model":"y"}]},"model":"z"})",
     "done z@48+1"},
    {"brackets and quotes inside strings", R"({"a":"}]\"{","b":["\\","]\\\""],"model":"z"})",
     "done z@41+1"},
    {"escaped key", R"({"\u006dodel":"m","stre\u0061m":true})", "done m@15+1 stream"},
    {"longer key that begins alike", R"({"models":"x","modelx":"y","mode":"z"})", "done"},
    {"escapes in the value", R"({"model":"a\/b\u00e9\ud83d\ude00\""})",
     "done a/b\xC3\xA9\xF0\x9F\x98\x80\"@10+24"},
    {"numbers and literals", R"({"a":-1.5e+3,"b":null,"c":[1,2],"stream":null,"model":"m"})",
     "done m@55+1"},
    {"model that is no string", R"({"model":5,"stream":true})", "done stream"},
    {"stream that is no literal", R"({"stream":"true","model":"m"})", "done m@26+1"},
    {"empty model", R"({"model":""})", "done @10+0"},
    {"model at the limit", R"({"model":")" + std::string(256, 'm') + R"("})",
     "done " + std::string(256, 'm') + "@10+256"},
    {"cut off in the model", R"({"model":"gp)", "more"},
    {"cut off behind the model", R"({"model":"m","messages":[{"role")", "more m@10+1"},
    {"model too long", R"({"model":")" + std::string(257, 'm') + R"("})", "malformed"},
    {"second model", R"({"model":"a","model":"b"})", "malformed a@10+1"},
    {"second model of another spelling", R"({"model":"a","mode\u006c":"b"})", "malformed a@10+1"},
    {"second stream", R"({"stream":true,"stream":false})", "malformed stream"},
    {"model without a string, then another", R"({"model":null,"model":"b"})", "malformed"},
    {"an array", R"([{"model":"m"}])", "malformed"},
    {"a byte order mark", "\xEF\xBB\xBF{}", "malformed"},
    {"no colon", R"({"model" "m"})", "malformed"},
    {"no comma", R"({"a":1 "model":"m"})", "malformed"},
    {"comma at the end", R"({"a":1,})", "malformed"},
    {"no value", R"({"a":,"model":"m"})", "malformed"},
    {"single quotes", R"({'model':'m'})", "malformed"},
    {"lone low surrogate", R"({"model":"\udc00"})", "malformed"},
    {"high surrogate without its second half", R"({"model":"\ud83dx"})", "malformed"},
    {"high surrogate at the end", R"({"model":"\ud83d"})", "malformed"},
    {"bad hex digit", R"({"model":"\u00g0"})", "malformed"},
    {"unknown escape", R"({"model":"\x"})", "malformed"},
    {"control character", "{\"model\":\"a\nb\"}", "malformed"},
    {"control character behind a stream flag", "{\"stream\":true,\"model\":\"a\nb\"}",
     "malformed stream"},
    {"a comment", R"({/* */"model":"m"})", "malformed"},
};

}  // namespace

TEST_CASE("a body scan finds the model and the stream flag, however the body is cut") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(scan_in_pieces(c.body, c.body.size()) == c.found);
    CHECK(scan_in_pieces(c.body, 1) == c.found);
    for (std::size_t cut = 1; cut < c.body.size(); ++cut) {
      CAPTURE(cut);
      BodyScan scan;
      scan.feed(std::string_view(c.body).substr(0, cut));
      scan.feed(std::string_view(c.body).substr(cut));
      CHECK(show(scan) == c.found);
    }
  }
}

TEST_CASE("a body scan tells the model before the body is complete") {
  BodyScan scan;
  CHECK(scan.feed(R"({"messages":[],"model":"m)") == State::more);
  CHECK_FALSE(scan.model_found());
  CHECK(scan.model().empty());
  CHECK(scan.feed(R"(")") == State::more);
  CHECK(scan.model_found());
  CHECK(scan.model() == "m");
}

TEST_CASE("a body scan passes over large strings that hold escapes") {
  std::string text;
  for (int line = 0; line < 20000; ++line) text += R"(a \"line\" of code\\\n)";
  const std::string body = R"({"messages":[{"content":")" + text + R"("}],"model":"m"})";
  CHECK(scan_in_pieces(body, body.size()) == "done m@" + std::to_string(body.size() - 3) + "+1");
  CHECK(scan_in_pieces(body, 7) == "done m@" + std::to_string(body.size() - 3) + "+1");
}
