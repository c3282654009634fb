#include <doctest/doctest.h>

#include <string>

#include "common/http_address.hpp"

using byok::HttpAddress;
using Kind = HttpAddress::Kind;

TEST_CASE("addresses are read, and written as they were meant") {
  struct Case {
    const char* text;
    Kind kind;
    const char* host;
    int port;
    const char* authority;
    const char* written;
    bool is_private;
  };
  const Case cases[] = {
      {"unix:/run/b.sock", Kind::unix_socket, "/run/b.sock", 0, "localhost", "unix:/run/b.sock",
       true},
      {"http://127.0.0.1:8484", Kind::plain, "127.0.0.1", 8484, "127.0.0.1:8484",
       "http://127.0.0.1:8484", true},
      {"http://localhost:8484/", Kind::plain, "localhost", 8484, "localhost:8484",
       "http://localhost:8484", true},
      {"http://[::1]:8484", Kind::plain, "::1", 8484, "[::1]:8484", "http://[::1]:8484", true},
      {"http://127.9.9.9", Kind::plain, "127.9.9.9", 80, "127.9.9.9:80", "http://127.9.9.9:80",
       true},
      {"http://127.example.com", Kind::plain, "127.example.com", 80, "127.example.com:80",
       "http://127.example.com:80", false},
      {"http://[::2]", Kind::plain, "::2", 80, "[::2]:80", "http://[::2]:80", false},
      {"http://example.com", Kind::plain, "example.com", 80, "example.com:80",
       "http://example.com:80", false},
      {"HTTPS://example.com", Kind::tls, "example.com", 443, "example.com:443",
       "https://example.com:443", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    auto address = HttpAddress::parse(c.text);
    REQUIRE(address.has_value());
    CHECK(address->kind == c.kind);
    CHECK(address->host == c.host);
    CHECK(address->port == c.port);
    CHECK(address->authority() == c.authority);
    CHECK(address->str() == c.written);
    CHECK(address->is_private() == c.is_private);
  }
}

TEST_CASE("what is no address is refused with the forms that are") {
  const std::string too_long = "unix:/" + std::string(108, 'x');
  const char* const cases[] = {"",
                               "byokd.sock",
                               "/run/b.sock",
                               "unix:",
                               too_long.c_str(),
                               "ftp://example.com",
                               "http://",
                               "http://:80",
                               "http://example.com:0",
                               "http://example.com:65536",
                               "http://example.com:port",
                               "http://example.com/path",
                               "http://example.com?query",
                               "http://example.com#fragment",
                               "http://exa mple.com",
                               "http://exa%20mple.com",
                               "http://example.com%0d%0aX-Byok-Tenant:80"};
  for (const char* text : cases) {
    CAPTURE(text);
    auto address = HttpAddress::parse(text);
    REQUIRE(address.has_error());
    CHECK(address.error().code == byok::Errc::bad_request);
    CHECK(address.error().message().find("unix:PATH") != std::string::npos);
  }
}

TEST_CASE("a refused address does not repeat the password in it") {
  auto address = HttpAddress::parse("https://user:hunter2@example.com");
  REQUIRE(address.has_error());
  CHECK(address.error().message().find("hunter2") == std::string::npos);
}
