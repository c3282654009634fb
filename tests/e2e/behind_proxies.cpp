// Whatever is sent to an nginx or HAProxy before byokd, byokd sees no request that the proxy did
// not mean to send it: else a client could put a request of its own before another client's.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tests/support/harness/desync_corpus.hpp"
#include "tests/support/harness/front_proxy.hpp"
#include "tests/support/harness/relay.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

// The ids of byokd's answers that lie in `bytes`: each of them is in a header, and in the body of
// nearly all.
std::set<std::string> answers_in(const std::string& bytes) {
  constexpr std::string_view mark = "req_";
  constexpr std::size_t size = mark.size() + 22;
  std::set<std::string> ids;
  for (std::size_t at = 0; (at = bytes.find(mark, at)) != bytes.npos; at += size) {
    ids.insert(bytes.substr(at, size));
  }
  return ids;
}

// All that the proxy answers until it closes.
std::string exchange(const Address& proxy, const std::string& message) {
  Connection connection(proxy);
  std::string bytes;
  try {
    connection.send_raw(message);
    connection.stream().finish_writing();
    char block[4096];
    for (std::size_t got; (got = connection.stream().read_some(block, sizeof block)) > 0;) {
      bytes.append(block, got);
    }
  } catch (const ConnectionLost&) {
    // Refused before all of it was read.
  }
  return bytes;
}

// How many answers the client got, the proxy's own among them. To HTTP/0.9 there is but a body.
std::size_t answers_to_client(const std::string& bytes) {
  std::size_t heads = 0;
  for (const std::string_view mark : {"HTTP/1.0 ", "HTTP/1.1 "}) {
    for (std::size_t at = 0; (at = bytes.find(mark, at)) != bytes.npos; at += mark.size()) ++heads;
  }
  return std::max<std::size_t>(heads, 1);
}

struct Tally {
  int messages = 0;
  int reached = 0;   // byokd
  int accepted = 0;  // by byokd
};

// byokd behind a proxy, with a relay between the two that sees what byokd was asked and answered.
struct Fixture {
  explicit Fixture(ProxyKind kind) : proxy(kind, relay.port()) {
    world.put_key(first, "openai", first_key);
    world.put_key(second, "openai", second_key);
  }
  World world;
  Relay relay{world.byokd.tcp().port};
  FrontProxy proxy;
  Tenant first = world.make_tenant("first");
  Tenant second = world.make_tenant("second");
  std::string first_key = make_key("sk-proj-");
  std::string second_key = make_key("sk-proj-");

  // All that byokd has answered over the proxy since the last call. The proxy may still be about to
  // ask for what its client has given up: what is asked after it ends that.
  std::string take_answers() {
    const std::string last =
        call(proxy.address(), {.target = "/health"}).header("x-byok-request-id");
    relay.finish();
    std::string answers = relay.take_answers();
    const std::size_t at = answers.find(last);
    REQUIRE(at != answers.npos);
    return answers.replace(at, last.size(), "");
  }
  // Whether clients that come later get their own answers.
  bool others_are_served() {
    const auto served = [&](const Tenant& tenant, const std::string& key) {
      Response response = call(proxy.address(), {.method = "POST",
                                                 .target = "/v1/chat/completions",
                                                 .headers = bearer(tenant.token),
                                                 .body = chat_body("gpt-4o", "hi")});
      return response.status == 200 && response.header("x-fake-key-sha256") == sha256_hex(key);
    };
    return served(first, first_key) && served(second, second_key);
  }
};

// A message by itself, then with another request behind it, where one server or another might take
// the first to end.
std::vector<std::string> messages_of(const DesyncCase& c) {
  const std::string smuggled =
      "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  return {c.head + c.body, c.head + c.body + smuggled, c.head + "0\r\n\r\n" + smuggled,
          c.head + "5\r\nhello\r\n0\r\n\r\n" + smuggled};
}

const ProxyKind kinds[] = {ProxyKind::nginx, ProxyKind::nginx_unbuffered, ProxyKind::haproxy};

}  // namespace

TEST_CASE("it takes the desync corpus and both proxies to try them") {
  if (!has_desync_corpus()) MESSAGE("skipped: no BYOK_CORPORA names the http-desync corpus");
  if (!has_proxies()) MESSAGE("skipped: nginx and haproxy are not installed");
}

TEST_CASE("behind nginx and HAProxy byokd sees no request that the proxy did not see" *
          doctest::skip(!has_desync_corpus() || !has_proxies())) {
  for (ProxyKind kind : kinds) {
    CAPTURE(name_of(kind));
    Fixture f(kind);
    CHECK(f.others_are_served());
    f.take_answers();
    std::map<std::string, Tally> tallies;
    int sent = 0;
    int too_many = 0;
    for (const DesyncCase& c : desync_cases()) {
      CAPTURE(c.name);
      CAPTURE(c.head);
      bool alone = true;
      for (const std::string& message : messages_of(c)) {
        const std::string answered = exchange(f.proxy.address(), message);
        const std::string answers = f.take_answers();
        CAPTURE(answers);
        const std::size_t seen = answers_in(answers).size();
        // The proxy took for a request what byokd took for one.
        CHECK(seen <= answers_to_client(answered));
        if (seen > answers_to_client(answered)) ++too_many;
        ++sent;
        if (!std::exchange(alone, false)) continue;
        Tally& tally = tallies[c.tier];
        ++tally.messages;
        if (seen > 0) ++tally.reached;
        if (seen > 0 && !answers.starts_with("HTTP/1.1 400")) ++tally.accepted;
      }
    }
    CHECK(f.others_are_served());
    for (const auto& [tier, tally] : tallies) {
      MESSAGE(name_of(kind) << ", " << tier << ": of " << tally.messages << " messages "
                            << tally.reached << " reached byokd, " << tally.accepted
                            << " were accepted");
    }
    // What a proxy has made one clear request of is accepted as that.
    if (kind != ProxyKind::haproxy) CHECK(tallies["Severe"].accepted == 0);
    MESSAGE(name_of(kind) << ": " << sent << " messages, " << too_many
                          << " gave byokd more requests than the proxy");
  }
}

TEST_CASE("behind nginx and HAProxy nobody gets the answer to another client's request" *
          doctest::skip(!has_desync_corpus() || !has_proxies())) {
  for (ProxyKind kind : kinds) {
    CAPTURE(name_of(kind));
    Fixture f(kind);
    int wrong = 0;
    int sent = 0;
    for (const DesyncCase& c : desync_cases()) {
      CAPTURE(c.name);
      std::vector<std::string> messages = messages_of(c);
      if (!full_size()) messages = {messages[static_cast<std::size_t>(sent) % messages.size()]};
      for (const std::string& message : messages) {
        exchange(f.proxy.address(), message);
        const bool served = f.others_are_served();
        CHECK(served);
        if (!served) ++wrong;
        ++sent;
      }
    }
    MESSAGE(name_of(kind) << ": after " << sent << " messages " << wrong
                          << " other clients got no answer or another's");
  }
}
