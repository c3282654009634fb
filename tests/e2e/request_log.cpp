// The line that each request has in the log, and the trace that it belongs to.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <optional>
#include <sstream>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent = "00-" + trace + "-00f067aa0ba902b7-01";

// The lines of requests so far, as JSON.
std::vector<boost::json::object> lines(const World& world, const std::string& route) {
  std::vector<boost::json::object> found;
  std::istringstream log(world.byokd.log());
  for (std::string line; std::getline(log, line);) {
    if (!line.starts_with("{") || line.find("\"event\":\"request\"") == line.npos) continue;
    boost::json::object value = boost::json::parse(line).as_object();
    if (value.at("route").as_string() == route) found.push_back(std::move(value));
  }
  return found;
}

std::string text(const boost::json::object& line, std::string_view name) {
  return std::string(line.at(name).as_string());
}

boost::json::object only_line(const World& world, const std::string& route) {
  CHECK(eventually([&] { return !lines(world, route).empty(); }));
  const auto found = lines(world, route);
  REQUIRE(found.size() == 1);
  return found.front();
}

}  // namespace

TEST_CASE("a request's line tells who asked for what, how it ended and how long it took") {
  World world({"log.requests=true"});
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  const Response answer = world.ask(tenant.token, "POST", "/v1/chat/completions?x=1",
                                    chat_body("gpt-4o", "hi"), {{"traceparent", parent}});
  CHECK(answer.status == 200);
  const auto line = only_line(world, "/v1/chat/completions");
  CHECK(text(line, "level") == "info");
  CHECK(text(line, "requestId") == answer.header("x-byok-request-id"));
  CHECK(text(line, "traceId") == trace);
  CHECK(text(line, "method") == "POST");
  CHECK(line.at("status") == 200);
  CHECK(line.at("complete") == true);
  CHECK(text(line, "tenant") == "acme");
  CHECK(text(line, "provider") == "openai");
  CHECK(text(line, "peer") == "127.0.0.1");
  CHECK_FALSE(line.contains("error"));
  const auto number = [&line](std::string_view name) { return line.at(name).to_number<double>(); };
  CHECK(number("durationUs") >= number("ownUs"));
  CHECK(number("providerUs") >= number("firstByteUs"));
  CHECK(number("bytesIn") > 100);
  CHECK(number("bytesOut") > double(answer.body.size()));
}

TEST_CASE("a refused request's line has its code, and nothing that is not known") {
  World world({"log.level=debug"});
  const Tenant tenant = world.make_tenant("acme");
  CHECK(world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi")).status == 422);
  const auto line = only_line(world, "/ai/chat");
  CHECK(text(line, "level") == "debug");
  CHECK(text(line, "error") == "NO_PROVIDER_KEY");
  CHECK(line.at("status") == 422);
  for (const char* absent : {"provider", "providerUs", "firstByteUs", "traceId"}) {
    CHECK_FALSE(line.contains(absent));
  }
}

TEST_CASE("requests are not logged unless somebody wants them") {
  World world;
  const Tenant tenant = world.make_tenant("acme");
  CHECK(world.ask(tenant.token, "GET", "/ai/providers").status == 200);
  world.byokd.stop();
  CHECK(world.byokd.log().find("\"event\":\"request\"") == std::string::npos);
}

TEST_CASE("a trace goes on to the provider, with calls that byokd writes too") {
  struct Case {
    const char* name;
    std::string path, body, traceparent;
    bool passed, logged;
  };
  const std::string chat = chat_body("gpt-4o", "hi");
  const std::string claude = chat_body("claude-sonnet-5", "hi");
  const Case cases[] = {
      {"passed through", "/v1/chat/completions", chat, parent, true, true},
      {"byokd's own", "/ai/chat", chat, parent, true, true},
      {"byokd's own, another provider", "/ai/chat", claude, parent, true, true},
      {"translated", "/v1/chat/completions", claude, parent, true, true},
      {"malformed, byokd's own", "/ai/chat", chat, "00-" + trace + "-x-01", false, false},
      {"malformed, passed through", "/v1/chat/completions", chat, "nonsense", true, false},
  };
  World world({"log.requests=true"});
  const Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  world.put_key(tenant, "anthropic", make_key("sk-ant-"));
  for (const Case& c : cases) {
    CAPTURE(c.name);
    world.fake.forget_calls();
    const Response answer = world.ask(tenant.token, "POST", c.path, c.body,
                                      {{"Traceparent", c.traceparent}, {"tracestate", "vendor=1"}});
    CHECK(answer.status == 200);
    const auto seen = world.fake.calls();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].header("traceparent") == (c.passed ? c.traceparent : ""));
    CHECK(seen[0].header("tracestate") == (c.passed ? "vendor=1" : ""));
    const std::string id = answer.header("x-byok-request-id");
    auto line_of = [&]() -> std::optional<boost::json::object> {
      for (const auto& line : lines(world, c.path)) {
        if (text(line, "requestId") == id) return line;
      }
      return std::nullopt;
    };
    REQUIRE(eventually([&] { return line_of().has_value(); }));
    CHECK(line_of()->contains("traceId") == c.logged);
  }
  CHECK(world.byokd.log().find("nonsense") == std::string::npos);
}
