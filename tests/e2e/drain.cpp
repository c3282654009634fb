// The end of a running byokd: what is under way is finished, what comes is told to go elsewhere,
// and nobody who got a connection is left without an answer.
#include <doctest/doctest.h>

#include <signal.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <list>
#include <optional>
#include <thread>

#include "tests/e2e/stuck_calls.hpp"
#include "tests/support/harness/process.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

// Far below what byokd would wait for.
constexpr std::chrono::seconds soon{30};

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");
  Fixture() { world.put_key(tenant, "openai", make_key("sk-proj-")); }

  Request chat(std::string_view model, bool stream) const {
    return {.method = "POST",
            .target = "/v1/chat/completions",
            .headers = bearer(tenant.token),
            .body = chat_body(model, "hi", stream)};
  }
  void terminate() const { ::kill(world.byokd.pid(), SIGTERM); }
};

bool is_refusal(const Response& response) {
  return response.status == 503 && response.header("retry-after") == "1" &&
         response.header("connection") == "close";
}

// What came of connections that were made while byokd ended.
struct Outcomes {
  std::atomic<int> served = 0;   // 200
  std::atomic<int> sent_on = 0;  // 503 with Retry-After
  std::atomic<int> unmade = 0;   // no connection
  std::atomic<int> broken = 0;   // a connection, and no answer on it
};

void try_once(const Address& address, Outcomes& outcomes) {
  std::optional<Connection> connection;
  try {
    connection.emplace(address);
  } catch (const ConnectionLost&) {
    ++outcomes.unmade;
    return;
  }
  try {
    const Response response =
        connection->exchange({.target = "/admin/status", .headers = {{"Host", "byokd"}}});
    ++(is_refusal(response) ? outcomes.sent_on : outcomes.served);
  } catch (const std::exception&) {
    ++outcomes.broken;
  }
}

}  // namespace

TEST_CASE("a drain ends no stream, and each new call on its connections is sent elsewhere") {
  // All of them have to be there before the first ends.
  const int streams = sanitized ? 50 : 200;
  Fixture f;
  std::list<Connection> running;
  for (int i = 0; i < streams; ++i) {
    Connection& stream = running.emplace_back(f.world.byokd.tcp());
    stream.send(f.chat("gpt-sse-30-100", true));
    REQUIRE(stream.read_head().status == 200);
    // The next call of this client waits for the stream's end.
    stream.send(f.chat("gpt-4o", false));
  }
  Connection idle(f.world.byokd.tcp());
  CHECK(idle.exchange(f.chat("gpt-4o", false)).status == 200);
  const std::size_t calls = f.world.fake.calls().size();
  f.terminate();
  CHECK(idle.closed_by_server());
  REQUIRE(f.world.fake.stats().at("inFlight").as_array().size() == streams);

  int whole = 0;
  int sent_on = 0;
  for (Connection& stream : running) {
    try {
      std::string text;
      while (auto piece = stream.read_piece()) text += piece->bytes;
      whole += text.find("[DONE]") != text.npos;
      const Response next = stream.read();
      sent_on += is_refusal(next);
      CHECK(next.text("error/code") == "draining");
      CHECK(stream.closed_by_server());
    } catch (const ConnectionLost&) {
    }
  }
  CHECK(whole == streams);
  CHECK(sent_on == streams);
  CHECK(f.world.byokd.stop() == 0);
  CHECK(f.world.fake.calls().size() == calls);
  MESSAGE(streams, " streams in a drain: ", streams - whole, " broken; ", sent_on,
          " calls behind them, each answered 503 with Retry-After");
}

TEST_CASE("who waits in a listener's queue when byokd ends gets an answer") {
  Fixture f;
  const int waiting = 600;
  // It accepts nothing meanwhile.
  ::kill(f.world.byokd.pid(), SIGSTOP);
  std::list<Connection> queued;
  for (int i = 0; i < waiting; ++i) {
    Connection& connection =
        queued.emplace_back(i % 2 == 0 ? f.world.byokd.tcp() : f.world.byokd.socket());
    connection.send(f.chat("gpt-4o", false));
  }
  f.terminate();
  ::kill(f.world.byokd.pid(), SIGCONT);
  int answered = 0;
  int sent_on = 0;
  for (Connection& connection : queued) {
    try {
      const Response response = connection.read();
      sent_on += is_refusal(response);
      answered += response.status == 200 || is_refusal(response);
    } catch (const ConnectionLost&) {
    }
  }
  CHECK(answered == waiting);
  CHECK(f.world.byokd.stop() == 0);
  MESSAGE(waiting, " connections in the queues: ", waiting - answered, " without an answer, ",
          sent_on, " sent elsewhere");
}

TEST_CASE("of connections that are made while byokd ends none is reset") {
  Outcomes outcomes;
  for (int round = 0; round < 5; ++round) {
    World world;
    std::atomic<bool> ended = false;
    std::vector<std::thread> clients;
    for (const Address& address :
         {world.byokd.tcp(), world.byokd.tcp(), world.byokd.socket(), world.byokd.socket()}) {
      clients.emplace_back([&ended, &outcomes, address] {
        while (!ended) try_once(address, outcomes);
      });
    }
    const int enough = outcomes.served + 100;
    CHECK(eventually([&] { return outcomes.served > enough; }, patience));
    CHECK(world.byokd.stop() == 0);
    ended = true;
    for (std::thread& client : clients) client.join();
  }
  CHECK(outcomes.broken == 0);
  CHECK(outcomes.unmade > 0);
  MESSAGE("5 ends under new connections: ", outcomes.served.load(), " served, ",
          outcomes.sent_on.load(), " sent elsewhere, ", outcomes.unmade.load(),
          " refused once nobody listened, ", outcomes.broken.load(), " broken");
}

TEST_CASE("/ready tells of a drain while it lasts") {
  Fixture f;
  Connection stream(f.world.byokd.tcp());
  stream.send(f.chat("gpt-sse-10-100", true));
  stream.send({.target = "/ready"});
  REQUIRE(stream.read_head().status == 200);
  f.terminate();
  while (stream.read_piece()) {
  }
  const Response ready = stream.read();
  CHECK(ready.status == 503);
  CHECK(ready.text("error") == "DRAINING");
  CHECK(f.world.byokd.stop() == 0);
}

TEST_CASE("a second SIGTERM ends byokd at once, whatever it waits for") {
  for (const Stuck& call : stuck_calls) {
    CAPTURE(call.name);
    StuckWorld f({"drain_timeout=200s"});
    const auto connection = f.begin(call);
    ::kill(f.world.byokd.pid(), SIGTERM);
    REQUIRE(eventually([&] { return f.world.byokd.log().find("draining") != std::string::npos; }));
    ::kill(f.world.byokd.pid(), SIGTERM);
    CHECK(f.world.byokd.ended(soon) == 0);
  }
}

TEST_CASE("drain_timeout ends byokd, whatever it waits for") {
  StuckWorld f({"drain_timeout=1s"});
  std::list<std::unique_ptr<Connection>> connections;
  for (const Stuck& call : stuck_calls) connections.push_back(f.begin(call));
  ::kill(f.world.byokd.pid(), SIGTERM);
  CHECK(f.world.byokd.ended(soon) == 0);
}

TEST_CASE("an answer is not cut off because more was pipelined behind it") {
  struct Row {
    std::string_view name;
    bool drain;
    std::string target;
  };
  // More than the client's socket takes, less than byokd's holds.
  const std::string file = "/openai/v1/files/size-1500000/content";
  for (const Row& row :
       {Row{"in a drain", true, file}, Row{"with Connection: close", false, file}}) {
    CAPTURE(row.name);
    Fixture f;
    f.world.fake.script(R"([{"delay_ms":300}])");
    Connection connection(f.world.byokd.tcp());
    const int little = 64 * 1024;
    ::setsockopt(connection.stream().fd(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    Headers headers = bearer(f.tenant.token);
    if (!row.drain) headers.emplace_back("Connection", "close");
    connection.send({.target = row.target, .headers = headers});
    for (int i = 0; i < 300; ++i) connection.send({.target = "/health"});
    CHECK(eventually([&] { return !f.world.fake.calls().empty(); }, patience));
    if (row.drain) f.terminate();
    REQUIRE(connection.read_head().status == 200);
    std::size_t size = 0;
    while (auto piece = connection.read_piece()) size += piece->bytes.size();
    CHECK(size == 1'500'000);
    if (row.drain) CHECK(f.world.byokd.ended(soon) == 0);
  }
}
