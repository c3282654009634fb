// No part of a request, and no answer of a provider, makes byokd connect to a host that its
// operator has not configured.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "tests/support/harness/trap.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace json = boost::json;

namespace {

struct Fixture {
  World world;
  Trap trap;
  Tenant tenant = world.make_tenant("acme");
  int asked = 0;
  int accepted = 0;

  Fixture() {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
    world.put_key(tenant, "anthropic", make_key("sk-ant-api03-"));
    world.put_key(tenant, "gemini", make_key("AQ."));
  }
  Response ask(const std::string& method, const std::string& target, const std::string& body = "",
               const Headers& headers = {}) {
    ++asked;
    return world.ask(tenant.token, method, target, body, headers);
  }
};

// A chat whose object has one more member.
std::string chat_with(const std::string& model, const std::string& name, const json::value& value) {
  json::object message{{"role", "user"}, {"content", "hi"}};
  json::object body{{"model", model}, {"messages", json::array{message}}, {name, value}};
  return json::serialize(body);
}

std::string image_chat(const std::string& model, const std::string& url) {
  json::object image{{"type", "image_url"}, {"image_url", {{"url", url}}}};
  json::object message{{"role", "user"}, {"content", json::array{image}}};
  return json::serialize(json::object{{"model", model}, {"messages", json::array{message}}});
}

}  // namespace

TEST_CASE("the trap counts a call that was configured to go there") {
  Trap trap;
  World world({"provider.openai.base_url=" + trap.url()});
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  CHECK(trap.connections() == 0);
  CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi")).status == 502);
  CHECK(trap.connections() > 0);
}

TEST_CASE("a URL in a body is followed by nobody") {
  Fixture f;
  const std::string url = f.trap.url();
  const json::value link(url);
  const json::value nested{{"base_url", link}, {"api_base", link}, {"url", link}};
  const json::value targets{{"targets", json::array{nested}}};
  struct Member {
    std::string name;
    json::value value;
  };
  const Member members[] = {
      {"base_url", link},   {"baseURL", link},        {"api_base", link},
      {"endpoint", link},   {"azure_endpoint", link}, {"proxy", link},
      {"webhook", link},    {"extra_body", nested},   {"litellm_params", nested},
      {"provider", nested}, {"metadata", nested},     {"config", targets}};
  const std::string paths[] = {"/ai/chat", "/v1/chat/completions"};
  for (const std::string& path : paths) {
    for (const std::string model : {"gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash"}) {
      for (const Member& member : members) {
        CAPTURE(path);
        CAPTURE(model);
        CAPTURE(member.name);
        f.world.fake.forget_calls();
        Response response = f.ask("POST", path, chat_with(model, member.name, member.value));
        CAPTURE(response.body);
        // Handed on, dropped or refused, but never obeyed.
        CHECK((response.status == 200 || response.status == 400));
        if (response.status == 200) ++f.accepted;
        CHECK(f.world.fake.calls().size() == (response.status == 200 ? 1 : 0));
      }
      for (const std::string& address : {url + "/x.png", std::string("file:///etc/passwd")}) {
        CAPTURE(path);
        CAPTURE(model);
        Response response = f.ask("POST", path, image_chat(model, address));
        CAPTURE(response.body);
        // Providers fetch images themselves, or take none by URL.
        CHECK((response.status == 200 || response.status == 400));
      }
    }
  }
  const std::string key = R"({"apiKey":"sk-proj-0123456789abcdef",)";
  for (const std::string name : {"base_url", "baseUrl", "api_base"}) {
    const std::string rest = "\"" + name + "\":\"" + url + "\"}";
    CHECK(f.ask("PUT", "/ai/providers/openai", key + rest).status == 400);
    CHECK(f.ask("POST", "/ai/providers/openai/rotate", key + rest).status == 400);
    CHECK(f.world.admin("PATCH", "/admin/tenants/acme", "{" + rest).status == 400);
  }
  CHECK(f.trap.connections() == 0);
  CHECK(f.accepted > 20);
  MESSAGE(f.asked << " bodies with a URL, " << f.accepted
                  << " of them handed on: 0 other connections");
}

TEST_CASE("a host in the head of a request decides nothing, or the request is refused") {
  Fixture f;
  const std::string host = f.trap.host();
  const std::string url = f.trap.url();
  const std::string body = chat_body("gpt-4o", "hi");
  const std::string names[] = {"X-Forwarded-Host",
                               "X-Forwarded-Server",
                               "X-Original-URL",
                               "X-Rewrite-URL",
                               "X-Base-Url",
                               "X-Portkey-Custom-Host",
                               "Helicone-Target-URL",
                               "X-Litellm-Api-Base",
                               "X-Stainless-Base-Url",
                               "Origin",
                               "Referer"};
  for (const std::string path : {"/ai/chat", "/v1/chat/completions", "/openai/v1/anything"}) {
    CAPTURE(path);
    for (const std::string& name : names) {
      CAPTURE(name);
      CHECK(f.ask("POST", path, body, {{name, url}}).status == 200);
    }
    CHECK(f.ask("POST", path, body, {{"Host", host}}).status == 200);
    CHECK(f.ask("POST", path, body, {{"Forwarded", "for=1.2.3.4;host=" + host}}).status == 200);
    const int status = path == "/ai/chat" ? 400 : 200;
    CHECK(f.ask("POST", path + "?base_url=" + url, body).status == status);
  }
  // All of them were made to the configured provider, under its own name.
  for (const SeenCall& call : f.world.fake.calls()) {
    CHECK(call.header("host") == f.world.fake.base_url().substr(7));
  }
  struct Target {
    std::string method;
    std::string target;
    int status;
  };
  const Target targets[] = {
      {"POST", url + "/v1/chat/completions", 400},
      {"POST", url + "/ai/chat", 400},
      {"CONNECT", host, 400},
      {"POST", "//" + host + "/v1/chat/completions", 400},
      {"POST", "/@" + host + "/v1/chat/completions", 404},
      {"POST", "/" + url + "/v1/chat/completions", 400},
      {"POST", "/openai//" + host + "/v1/chat/completions", 400},
      {"POST", "/openai/@" + host + "/v1/chat/completions", 200},
      {"POST", "/openai/..//" + host + "/v1/chat/completions", 400},
      {"POST", "/openai/%2e%2e/%2f" + host + "/v1", 400},
      {"POST", "/openai/" + url, 400},
      {"POST", "/openai:" + host + "/v1/chat/completions", 404},
      {"POST", "/openai\\@" + host + "/v1/chat/completions", 400},
  };
  for (const Target& target : targets) {
    CAPTURE(target.method);
    CAPTURE(target.target);
    Response response = f.ask(target.method, target.target, body);
    CAPTURE(response.body);
    CHECK(response.status == target.status);
  }
  for (const std::string& model : {url + "/gpt-4o", "openai/" + url, host, "openai@" + host}) {
    CAPTURE(model);
    for (const std::string path : {"/ai/chat", "/v1/chat/completions"}) {
      const int status = f.ask("POST", path, chat_body(model, "hi")).status;
      CHECK((status == 200 || status == 400));
    }
  }
  CHECK(f.trap.connections() == 0);
  MESSAGE(f.asked << " heads with another host: 0 other connections");
}

TEST_CASE("a provider's redirect is not followed") {
  Fixture f;
  struct Way {
    std::string_view name;
    std::string method;
    std::string target;
    std::string body;
    bool passed;  // its answer is the provider's own
  };
  const Way ways[] = {
      {"chat", "POST", "/ai/chat", chat_body("gpt-4o", "hi"), false},
      {"streamed chat", "POST", "/ai/chat", chat_body("gpt-4o", "hi", true), false},
      {"claude", "POST", "/ai/chat", chat_body("claude-sonnet-4-5", "hi"), false},
      {"gemini", "POST", "/ai/chat", chat_body("gemini-2.5-flash", "hi"), false},
      {"embeddings", "POST", "/ai/embeddings", R"({"model":"text-embedding-3-small","input":"x"})",
       false},
      {"translated", "POST", "/v1/chat/completions", chat_body("claude-sonnet-4-5", "hi"), false},
      {"completions", "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"), true},
      {"a file", "GET", "/v1/files/file-1/content", "", true},
      {"gemini's own", "GET", "/v1beta/models", "", true},
  };
  int redirects = 0;
  for (int status : {301, 302, 303, 307, 308}) {
    for (const std::string& location : {f.trap.url() + "/v1/x", "//" + f.trap.host() + "/v1/x"}) {
      for (const Way& way : ways) {
        CAPTURE(status);
        CAPTURE(location);
        CAPTURE(way.name);
        f.world.fake.forget_calls();
        f.world.fake.script(json::serialize(json::array{json::object{
            {"status", status},
            {"headers",
             {{"Location", location}, {"Refresh", "0;url=" + location}, {"Alt-Svc", location}}},
            {"body", ""}}}));
        Response response = f.ask(way.method, way.target, way.body);
        CAPTURE(response.body);
        CHECK(response.status == (way.passed ? status : 502));
        CHECK(f.world.fake.calls().size() == 1);
        f.world.fake.forget_script();
        ++redirects;
      }
      f.world.fake.script(R"([{"status":)" + std::to_string(status) +
                          R"(,"headers":{"Location":")" + location + R"("}}])");
      Response verified = f.ask("POST", "/ai/providers/openai/verify");
      CHECK(verified.text("status") != "valid");
      f.world.fake.forget_script();
      ++redirects;
    }
  }
  CHECK(f.trap.connections() == 0);
  MESSAGE(redirects << " redirects: 0 other connections");
}
