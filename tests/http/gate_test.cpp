#include <doctest/doctest.h>

#include <string>

#include "daemon/http/gate.hpp"

using namespace byok;
using http::Verdict;

namespace {

http::Inspection inspect(std::string_view bytes) {
  http1::RequestHead head;
  return http::inspect(bytes, 0, head);
}

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view fields) {
  return "POST /a HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("what every careful server reads alike is accepted") {
  struct Case {
    std::string_view name;
    std::string request;
  };
  const Case cases[] = {
      {"the least request", get("/")},
      {"a query", get("/v1/models?limit=1&after=%2F..%2F")},
      {"sub-delimiters and a colon", get("/v1beta/models/m:generateContent?a=(b)*c;d,e!'$")},
      {"an encoded slash is data", get("/a%2fb%2F..c")},
      {"HTTP/1.0 with a Host", "GET / HTTP/1.0\r\nHost: h\r\n\r\n"},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"white space around a value", get("/", "Accept: \t x \t\r\n")},
      {"a tab inside a value", get("/", "X-A: a\tb\r\n")},
      {"obs-text in a value that decides nothing", get("/", "X-A: \x85\xff\r\n")},
      {"an underscore in a name that decides nothing", get("/", "My_Header: a\r\n")},
      {"every token character in a name", get("/", "!#$%&'*+-.^_`|~09: a\r\n")},
      {"a length of zero on GET", get("/", "Content-Length: 0\r\n")},
      {"a length", post("Content-Length: 12\r\n")},
      {"chunked in any case", post("Transfer-Encoding: CHUNKED\r\n")},
      {"an expectation", post("Content-Length: 1\r\nExpect: 100-continue\r\n")},
      {"a dot inside a segment", get("/a.b/..c/c../...")},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    http::Inspection look = inspect(c.request);
    CAPTURE(std::string(look.reason));
    CHECK(look.verdict == Verdict::accepted);
  }
}

TEST_CASE("what two servers could read differently is refused") {
  struct Case {
    std::string_view name;
    std::string request;
  };
  const std::string nul(1, '\0');
  const Case cases[] = {
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"no Host on HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"},
      {"two Hosts", get("/", "Host: h\r\n")},
      {"two Authorizations", get("/", "Authorization: a\r\nauthorization: a\r\n")},
      {"two API keys", get("/", "x-api-key: a\r\nX-Api-Key: a\r\n")},
      {"two tenants", get("/", "X-Byok-Tenant: a\r\nX-Byok-Tenant: b\r\n")},
      {"two lengths", post("Content-Length: 1\r\nContent-Length: 1\r\n")},
      {"a list of lengths", post("Content-Length: 1, 1\r\n")},
      {"a signed length", post("Content-Length: +1\r\n")},
      {"a hexadecimal length", post("Content-Length: 0x1\r\n")},
      {"an empty length", post("Content-Length:\r\n")},
      {"a length of 19 digits", post("Content-Length: 1000000000000000000\r\n")},
      {"a length and a coding", post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")},
      {"two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"a coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n")},
      {"identity", post("Transfer-Encoding: identity\r\n")},
      {"chunked with a parameter", post("Transfer-Encoding: chunked;a=b\r\n")},
      {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n")},
      {"a coding on HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a body on GET", get("/", "Content-Length: 1\r\n")},
      {"a coding on HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"trailers announced", post("Transfer-Encoding: chunked\r\nTrailer: X\r\n")},
      {"an underscore for a dash in a framing name", post("Content_Length: 1\r\n")},
      {"punctuation in a framing name", post("Transfer--Encoding: chunked\r\n")},
      {"a dot in a framing name", post("Content.Length: 1\r\n")},
      {"an underscore in a credential's name", get("/", "X_Api_Key: a\r\n")},
      {"an underscore in the tenant's name", get("/", "X-Byok_Tenant: a\r\n")},
      {"a space before the colon", get("/", "X-A : a\r\n")},
      {"a space before the name", get("/", " X-A: a\r\n")},
      {"a folded line", get("/", "X-A: a\r\n b\r\n")},
      {"no colon", get("/", "X-A\r\n")},
      {"an empty name", get("/", ": a\r\n")},
      {"a NUL in a value", get("/", "X-A: a" + nul + "\r\n")},
      {"a control character in a value", get("/", "X-A: a\x01\r\n")},
      {"DEL in a value", get("/", "X-A: a\x7f\r\n")},
      {"a bare CR in a value", get("/", "X-A: a\rX-B: b\r\n")},
      {"a bare LF between lines", "GET / HTTP/1.1\nHost: h\r\n\r\n"},
      {"a high byte in a name", get("/", "X\x80: a\r\n")},
      {"a high byte in Host", "GET / HTTP/1.1\r\nHost: h\xc3\xa4\r\n\r\n"},
      {"a high byte in Authorization", get("/", "Authorization: \xa0x\r\n")},
      {"a tab inside Connection", get("/", "Connection: a\tb\r\n")},
      {"absolute form", get("http://h/")},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"authority form", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a fragment", get("/a#b")},
      {"a backslash", get("/a\\b")},
      {"a quote", get("/\"")},
      {"a high byte in the target", get("/\xc3\xa4")},
      {"a lone percent", get("/a%")},
      {"a percent with one digit", get("/a%2")},
      {"a percent without digits", get("/%zz")},
      {"an empty segment", get("/a//b")},
      {"an empty first segment", get("//a")},
      {"a parent segment", get("/a/../b")},
      {"a parent segment at the end", get("/a/..")},
      {"an encoded parent segment", get("/a/%2e%2E/b")},
      {"a half encoded parent segment", get("/a/.%2e")},
      {"a current segment", get("/./a")},
      {"an encoded current segment", get("/%2e/a")},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a space at the request line's end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {"a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"no version", "GET /\r\nHost: h\r\n\r\n"},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"a small-letter version", "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {"a method that is no token", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"an unknown expectation", post("Content-Length: 1\r\nExpect: 200-maybe\r\n")},
      {"a TLS handshake", "\x16\x03\x01\x02"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(inspect(c.request).verdict == Verdict::refused);
  }
}

TEST_CASE("a head that comes byte by byte is the same head") {
  std::string request = post("Content-Length: 3\r\nAuthorization: Bearer x\r\n") + "abc";
  std::size_t head_size = request.size() - 3;
  http1::RequestHead head;
  for (std::size_t size = 1; size < head_size; ++size) {
    CAPTURE(size);
    CHECK(http::inspect(std::string_view(request).substr(0, size), size - 1, head).verdict ==
          Verdict::incomplete);
  }
  CHECK(http::inspect(request, head_size - 1, head).verdict == Verdict::accepted);
  CHECK(head.size == head_size);
  CHECK(head.method == "POST");
  CHECK(head.path == "/a");
  CHECK(head.content_length == 3);
  CHECK(head.fields.size() == 3);
  CHECK(head.keep_alive);
}

TEST_CASE("the connection's fate is read from version and Connection") {
  struct Case {
    std::string_view name;
    std::string request;
    bool keep_alive;
  };
  const Case cases[] = {
      {"HTTP/1.1", get("/"), true},
      {"close", get("/", "Connection: close\r\n"), false},
      {"close among others", get("/", "Connection: x, Close\r\n"), false},
      {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\n\r\n", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    http1::RequestHead head;
    CHECK(http::inspect(c.request, 0, head).verdict == Verdict::accepted);
    CHECK(head.keep_alive == c.keep_alive);
  }
}

TEST_CASE("a head is bounded in bytes and in fields") {
  std::string large = "GET / HTTP/1.1\r\nHost: h\r\nX-A: " + std::string(http::max_head_size, 'a');
  http::Inspection look = inspect(large);
  CHECK(look.verdict == Verdict::refused);
  CHECK(look.code == Errc::headers_too_large);

  CHECK(inspect(large + "\r\n\r\n").code == Errc::headers_too_large);

  std::string many;
  for (std::size_t i = 0; i < http::max_fields; ++i) many += "A: b\r\n";
  CHECK(inspect(get("/", many)).code == Errc::headers_too_large);
}
