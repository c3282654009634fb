#include "daemon/upstream/resolver.hpp"

#include <doctest/doctest.h>

#include <string>

#include "daemon/net/waiting.hpp"

using namespace byok;
namespace asio = net::asio;

namespace {

struct Found {
  bool done = false;
  net::error_code error;
  upstream::Endpoints endpoints;
};

struct Fixture {
  ~Fixture() {
    loop.deadlines.stop();
    context.run();
  }

  void begin(const std::string& host, Found& found) {
    auto wait = [](upstream::Resolver& in, std::string name, Found& to) -> net::Awaitable<void> {
      auto looked_up = co_await in.look_up(name, "443", net::Milliseconds(30'000), {});
      to = {true, looked_up.first, std::move(looked_up.second)};
    };
    net::spawn(wait(resolver, host, found));
  }
  void finish(const Found& found) {
    while (!found.done) context.run_one();
  }

  asio::io_context context;
  net::Loop loop{context.get_executor()};
  upstream::Resolver resolver{loop};
};

}  // namespace

TEST_CASE("an address is its own answer, without a look-up") {
  Fixture f;
  for (const std::string& host : {std::string("127.0.0.1"), std::string("::1")}) {
    CAPTURE(host);
    Found found;
    f.begin(host, found);
    REQUIRE(found.done);
    REQUIRE(found.endpoints.size() == 1);
    CHECK(found.endpoints[0].address().to_string() == host);
    CHECK(found.endpoints[0].port() == 443);
  }
}

TEST_CASE("look-ups of one name that begin together end together") {
  Fixture f;
  Found first, second;
  f.begin("localhost", first);
  f.begin("localhost", second);
  CHECK_FALSE(first.done);
  f.finish(first);
  CHECK(second.done);
  CHECK_FALSE(first.error);
  REQUIRE(!first.endpoints.empty());
  CHECK(first.endpoints[0].address().is_loopback());
  CHECK(second.endpoints == first.endpoints);
  // And the next one begins anew.
  Found third;
  f.begin("localhost", third);
  f.finish(third);
  CHECK(third.endpoints == first.endpoints);
}

TEST_CASE("a name that is none is told to everybody who waits") {
  Fixture f;
  Found first, second;
  f.begin("no host at all", first);
  f.begin("no host at all", second);
  f.finish(first);
  f.finish(second);
  CHECK(first.error);
  CHECK(second.error);
  CHECK(first.endpoints.empty());
}
