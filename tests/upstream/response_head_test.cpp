#include <doctest/doctest.h>

#include <string>

#include "daemon/upstream/response_head.hpp"

using namespace byok;
using upstream::HeadState;

namespace {

HeadState parse(std::string_view bytes, http1::ResponseHead& head) {
  return upstream::parse_response_head(bytes, 0, head);
}

}  // namespace

TEST_CASE("an answer's head is read, whatever its framing") {
  struct Case {
    std::string_view name;
    std::string_view answer;
    int status;
    std::optional<std::uint64_t> length;
    bool chunked;
    bool keep_alive;
  };
  const Case cases[] = {
      {"a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, 5, false, true},
      {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", 200, {}, true, true},
      {"until it closes", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 200, {}, false, false},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", 200, {}, false, false},
      {"no reason", "HTTP/1.1 503\r\n\r\n", 503, {}, false, true},
      {"an empty reason", "HTTP/1.1 429 \r\n\r\n", 429, {}, false, true},
      {"an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", 100, {}, false, true},
      {"obs-text in a value", "HTTP/1.1 200 OK\r\nA: \xe9\r\n\r\n", 200, {}, false, true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    http1::ResponseHead head;
    CHECK(parse(c.answer, head) == HeadState::complete);
    CHECK(head.status == c.status);
    CHECK(head.content_length == c.length);
    CHECK(head.chunked == c.chunked);
    CHECK(head.keep_alive == c.keep_alive);
    CHECK(head.size == c.answer.size());
  }
}

TEST_CASE("an answer that could be framed in two ways, or is none, is malformed") {
  struct Case {
    std::string_view name;
    std::string_view answer;
  };
  const Case cases[] = {
      {"another protocol", "SSH-2.0-OpenSSH\r\n"},
      {"HTTP/2", "HTTP/2 200 OK\r\n\r\n"},
      {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"},
      {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"},
      {"a status beyond 599", "HTTP/1.1 600 X\r\n\r\n"},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"},
      {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"},
      {"a length and a coding",
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"an unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
      {"two codings",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a coding on HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"},
      {"a control character", "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n"},
      {"a bare line feed", "HTTP/1.1 200 OK\nA: b\r\n\r\n"},
      {"a space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    http1::ResponseHead head;
    CHECK(parse(c.answer, head) == HeadState::malformed);
  }
}

TEST_CASE("an answer's head is waited for, but not without end") {
  http1::ResponseHead head;
  std::string_view whole = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(parse(whole.substr(0, size), head) == HeadState::incomplete);
  }
  std::string endless = "HTTP/1.1 200 OK\r\nA: " + std::string(upstream::max_answer_head, 'x');
  CHECK(parse(endless, head) == HeadState::malformed);
}
