#include <doctest/doctest.h>

#include <string>

#include "daemon/service/provider_call.hpp"

using namespace byok;
using service::KeySource;

namespace {

service::Provider make_provider() {
  upstream::Target target;
  target.host_field = "api.example.com";
  target.base_path = "/base";
  return {*ProviderId::parse("openai"),
          providers::Format::openai,
          target,
          "authorization",
          "Bearer ",
          {}};
}

http1::Fields make_fields(
    std::initializer_list<std::pair<std::string_view, std::string_view>> from) {
  http1::Fields fields;
  for (auto [name, value] : from) fields.push_back({name, value, http1::identify(name)});
  return fields;
}

std::string head_with(const http1::Fields& fields, KeySource source) {
  service::Provider provider = make_provider();
  service::RequestHeadWriter writer("POST", provider, "/v1/x?a=b");
  writer.add_callers(fields, source);
  service::CallKey key{Secret("sk-key"), source};
  return std::string(std::move(writer).finish(key, 3, false).reveal());
}

}  // namespace

TEST_CASE("a request to a provider bears its one credential, and the caller's own fields") {
  http1::Fields fields = make_fields({{"User-Agent", "OpenAI/JS"}, {"X-Stainless-OS", "Linux"}});
  CHECK(head_with(fields, KeySource::tenant) ==
        "POST /base/v1/x?a=b HTTP/1.1\r\n"
        "Host: api.example.com\r\n"
        "User-Agent: OpenAI/JS\r\n"
        "X-Stainless-OS: Linux\r\n"
        "authorization: Bearer sk-key\r\n"
        "Content-Length: 3\r\n"
        "\r\n");
}

TEST_CASE("what belongs to the caller's connection or to byokd does not travel") {
  for (std::string_view name : {"Authorization",
                                "x-api-key",
                                "X-Goog-Api-Key",
                                "Cookie",
                                "Origin",
                                "Sec-Fetch-Mode",
                                "Accept-Language",
                                "Host",
                                "Connection",
                                "Keep-Alive",
                                "TE",
                                "Upgrade",
                                "Proxy-Authorization",
                                "Transfer-Encoding",
                                "Content-Length",
                                "Expect",
                                "Via",
                                "Forwarded",
                                "X-Forwarded-For",
                                "X-Real-IP",
                                "X-Byok-Tenant",
                                "X-Byok-Other"}) {
    CAPTURE(name);
    http1::Fields fields = make_fields({{name, "canary"}});
    CHECK(head_with(fields, KeySource::tenant).find("canary") == std::string::npos);
  }
}

TEST_CASE("what Connection names is hop-by-hop, too") {
  http1::Fields fields =
      make_fields({{"Connection", "close, X-Mine"}, {"X-Mine", "canary"}, {"X-Other", "kept"}});
  std::string head = head_with(fields, KeySource::tenant);
  CHECK(head.find("canary") == std::string::npos);
  CHECK(head.find("kept") != std::string::npos);
}

TEST_CASE("with the operator's key no organization is named in its place") {
  http1::Fields fields = make_fields({{"OpenAI-Organization", "org-1"}, {"X-Other", "kept"}});
  CHECK(head_with(fields, KeySource::tenant).find("org-1") != std::string::npos);
  std::string head = head_with(fields, KeySource::global);
  CHECK(head.find("org-1") == std::string::npos);
  CHECK(head.find("kept") != std::string::npos);
}

TEST_CASE("an answer's fields go on, but for its framing and names of byokd's own") {
  http1::Fields fields = make_fields({{"Content-Type", "text/plain"},
                                      {"Content-Encoding", "gzip"},
                                      {"x-request-id", "req_1"},
                                      {"Set-Cookie", "a=b"},
                                      {"Transfer-Encoding", "chunked"},
                                      {"Connection", "keep-alive"},
                                      {"X-Byok-Provider", "forged"}});
  service::Provider provider = make_provider();
  CHECK(service::answer_fields(fields, provider, KeySource::tenant) ==
        "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nx-request-id: req_1\r\n"
        "Set-Cookie: a=b\r\nX-Byok-Provider: openai\r\nX-Byok-Key-Source: tenant\r\n");
  CHECK(service::answer_fields(fields, provider, KeySource::global).find("Set-Cookie") ==
        std::string::npos);
}
