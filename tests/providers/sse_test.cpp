#include "daemon/providers/sse.hpp"

#include <doctest/doctest.h>

using namespace byok::providers;

namespace {

std::string show(const std::vector<SseEvent>& events) {
  std::string shown;
  for (const SseEvent& each : events) shown += "[" + each.event + "|" + each.data + "]";
  return shown;
}

std::string split(const std::vector<std::string_view>& pieces) {
  SseSplitter splitter;
  std::vector<SseEvent> events;
  for (std::string_view piece : pieces) CHECK(splitter.feed(piece, events));
  CHECK(splitter.finish(events));
  return show(events);
}

}  // namespace

TEST_CASE("a stream splits into the same events however it is cut") {
  struct Case {
    std::string_view name;
    std::string stream;
    std::string events;
  };
  const Case cases[] = {
      {"line feeds", "data: a\n\ndata: b\n\n", "[|a][|b]"},
      {"carriage returns", "data: a\r\rdata: b\r\r", "[|a][|b]"},
      {"both", "data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]"},
      {"all kinds mixed", "data: a\r\n\ndata: b\r\r\ndata: c\n\r", "[|a][|b][|c]"},
      {"a name", "event: ping\ndata: {}\n\n", "[ping|{}]"},
      {"a name without data is no event", "event: ping\n\ndata: x\n\n", "[|x]"},
      {"several data lines", "data: a\ndata:\ndata: c\n\n", "[|a\n\nc]"},
      {"no space, and only one is cut", "data:a\ndata:  b\n\n", "[|a\n b]"},
      {"data without a colon", "data\n\n", "[|]"},
      {"comments and unknown fields", ": hb\nid: 1\nretry: 5\nfoo\ndata: a\n:x\n\n", "[|a]"},
      {"only a comment", ": hb\n\n", ""},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "data: a\n\n",
       "[|a]"},
      {"a colon in the value", "data: {\"a\":1}\n\n", "[|{\"a\":1}]"},
      {"a character of three bytes", "data: \xE2\x82\xAC\r\n\r\n", "[|\xE2\x82\xAC]"},
      {"no blank line at the end", "data: a\n", "[|a]"},
      {"no end of line at the end", "data: a", "[|a]"},
      {"nothing", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string_view stream = c.stream;
    CHECK(split({stream}) == c.events);
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < stream.size(); ++at) bytes.push_back(stream.substr(at, 1));
    CHECK(split(bytes) == c.events);
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      CAPTURE(cut);
      CHECK(split({stream.substr(0, cut), stream.substr(cut)}) == c.events);
    }
  }
}

TEST_CASE("an event is given out as soon as its blank line is there") {
  SseSplitter splitter;
  std::vector<SseEvent> events;
  splitter.feed("data: a\r\n\r", events);
  CHECK(show(events) == "[|a]");
}

TEST_CASE("an event beyond the limit stops the splitter") {
  struct Case {
    std::string_view name;
    const char* stream;
    bool fits;
  };
  const Case cases[] = {
      {"one line at the limit", "data: 4567890123\n\n", true},
      {"one line too long", "data: 45678901234\n\n", false},
      {"many lines", "data: 12345\ndata: 12345\ndata: 1\n\n", false},
      {"a line that never ends", "data: 1234567890", true},
      {"a long comment", ":23456789012345678\n\n", false},
      {"several small events", "data: 12345\n\ndata: 12345\n\ndata: 12345\n\n", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    SseSplitter splitter(16);
    std::vector<SseEvent> events;
    CHECK(splitter.feed(c.stream, events) == c.fits);
    CHECK(splitter.feed("\n\ndata: x\n\n", events) == c.fits);
    CHECK(splitter.finish(events) == c.fits);
    CHECK((show(events).find("[|x]") != std::string::npos) == c.fits);
  }
}
