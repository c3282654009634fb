#include <doctest/doctest.h>

#include <map>
#include <string>

#include "daemon/upstream/target.hpp"

using namespace byok;

namespace {

using Variables = std::map<std::string, std::string>;

Result<upstream::Target> make(std::string_view url, const Variables& variables = {}) {
  return upstream::make_target(url, {}, [&variables](const char* name) -> const char* {
    auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

}  // namespace

TEST_CASE("a base URL becomes host, port, path and Host header") {
  struct Case {
    std::string_view url;
    bool tls;
    std::string_view host;
    std::string_view port;
    std::string_view path;
    std::string_view host_field;
  };
  const Case cases[] = {
      {"https://api.openai.com", true, "api.openai.com", "443", "", "api.openai.com"},
      {"https://api.groq.com/openai", true, "api.groq.com", "443", "/openai", "api.groq.com"},
      {"http://127.0.0.1:11434/", false, "127.0.0.1", "11434", "", "127.0.0.1:11434"},
      {"http://[::1]:80/a/b/", false, "::1", "80", "/a/b", "[::1]:80"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.url);
    auto target = make(c.url);
    REQUIRE(target.has_value());
    CHECK(target->tls == c.tls);
    CHECK(target->host == c.host);
    CHECK(target->port == c.port);
    CHECK(target->base_path == c.path);
    CHECK(target->host_field == c.host_field);
    CHECK((target->tls_client != nullptr) == c.tls);
  }
}

TEST_CASE("a base URL with anything else in it is refused") {
  for (std::string_view url : {"", "api.openai.com", "ftp://host", "http://", "http://u:p@host",
                               "http://host?a=b", "http://host#a", "http://ho st"}) {
    CAPTURE(url);
    CHECK(make(url).has_error());
  }
}

TEST_CASE("https goes through HTTPS_PROXY, but for what NO_PROXY names") {
  struct Case {
    std::string_view name;
    Variables variables;
    std::string_view host;
    bool proxied;
  };
  const Case cases[] = {
      {"no variable", {}, "api.openai.com", false},
      {"set", {{"HTTPS_PROXY", "http://proxy:3128"}}, "api.openai.com", true},
      {"set in small letters", {{"https_proxy", "proxy:3128"}}, "api.openai.com", true},
      {"empty", {{"HTTPS_PROXY", ""}}, "api.openai.com", false},
      {"all excepted", {{"HTTPS_PROXY", "http://proxy"}, {"NO_PROXY", "*"}}, "a.b", false},
      {"excepted by name", {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", "x, a.b"}}, "a.b", false},
      {"excepted by domain", {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", "b"}}, "a.b", false},
      {"excepted with a dot", {{"HTTPS_PROXY", "http://p"}, {"no_proxy", ".b"}}, "a.b", false},
      {"not by a mere ending", {{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", "b"}}, "ab", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto target = make("https://" + std::string(c.host), c.variables);
    REQUIRE(target.has_value());
    CHECK(target->proxy.has_value() == c.proxied);
  }
}

TEST_CASE("a proxy whose name only begins like an address is not taken for that address") {
  CHECK(make("https://a.b", {{"HTTPS_PROXY", "http://10.0.0.1.nip.io"}}).has_error());
  CHECK(make("https://a.b", {{"HTTPS_PROXY", "http://10.0.0.1/"}}).has_value());
}

TEST_CASE("a proxy's password is sent to it, and never shown") {
  auto target = make("https://a.b", {{"HTTPS_PROXY", "http://user:pass@proxy:3128"}});
  REQUIRE(target.has_value());
  REQUIRE(target->proxy.has_value());
  CHECK(target->proxy->host == "proxy");
  CHECK(target->proxy->port == "3128");
  CHECK(target->proxy->authorization == "Basic dXNlcjpwYXNz");

  auto unusable = make("https://a.b", {{"HTTPS_PROXY", "socks5://user:hunter2@proxy"}});
  REQUIRE(unusable.has_error());
  CHECK(unusable.error().message().find("hunter2") == std::string::npos);
}
