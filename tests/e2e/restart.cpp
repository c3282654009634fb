// All that an operator does to a byokd in service, one after the other: a new certificate, a drain,
// the next byokd on the same sockets. No client notices but by the certificate.
#include <doctest/doctest.h>

#include <signal.h>

#include <atomic>
#include <list>
#include <thread>

#include "tests/e2e/held_sockets.hpp"
#include "tests/e2e/tls_world.hpp"
#include "tests/support/harness/size.hpp"

using namespace byok::testing;

namespace {

struct Fixture : TlsWorld {
  Tenant tenant = world.make_tenant("acme");
  Fd http = make_tcp(INADDR_LOOPBACK);
  Fd https = make_tcp(INADDR_LOOPBACK);
  Address in_clear{port_of(http), ""};
  Address over_tls{.port = port_of(https), .tls = plain.context()};

  Fixture() {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
    world.byokd.stop();
  }
  std::unique_ptr<Process> start() {
    auto byokd = start_with_sockets(world, {http.get(), https.get()}, "http:https");
    REQUIRE(byokd->wait_for_line("listening on https").has_value());
    return byokd;
  }
  Request chat(std::string_view model, bool stream) const {
    return {.method = "POST",
            .target = "/v1/chat/completions",
            .headers = bearer(tenant.token),
            .body = chat_body(model, "hi", stream)};
  }
  std::string shown() const { return fingerprint_of(Connection(over_tls).stream().tls()); }
};

// Clients that call without end, each call on a connection of its own.
class SteadyClients {
 public:
  explicit SteadyClients(const Fixture& f) {
    for (const Address& address : {f.in_clear, f.over_tls, f.in_clear, f.over_tls}) {
      threads_.emplace_back([this, &f, address] {
        while (!enough_) {
          try {
            ++(call(address, f.chat("gpt-4o", false)).status == 200 ? served : refused);
          } catch (const std::exception&) {
            ++broken;
          }
        }
      });
    }
  }
  ~SteadyClients() { stop(); }
  void stop() {
    enough_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  // Waits for some calls more.
  bool go_on() const {
    const int so_far = served;
    return eventually([&] { return served > so_far + 20; }, patience);
  }

  std::atomic<int> served = 0;
  std::atomic<int> refused = 0;  // answered, and not with 200
  std::atomic<int> broken = 0;

 private:
  std::atomic<bool> enough_ = false;
  std::vector<std::thread> threads_;
};

// How many streams come to their end.
int whole_of(std::list<Connection>& streams) {
  int whole = 0;
  for (Connection& stream : streams) {
    try {
      std::string text;
      while (auto piece = stream.read_piece()) text += piece->bytes;
      whole += text.find("[DONE]") != text.npos;
    } catch (const ConnectionLost&) {
    }
  }
  return whole;
}

}  // namespace

TEST_CASE("a new certificate, a drain and the next byokd under streams and new calls break none") {
  // All of them have to be there before the first ends.
  const int streams = sanitized ? 50 : 200;
  Fixture f;
  auto byokd = f.start();
  std::list<Connection> running;
  for (int i = 0; i < streams; ++i) {
    Connection& stream = running.emplace_back(i % 2 == 0 ? f.in_clear : f.over_tls);
    stream.send(f.chat("gpt-sse-80-100", true));
    REQUIRE(stream.read_head().status == 200);
  }
  SteadyClients clients(f);
  CHECK(clients.go_on());

  const Issued next = f.files.authority.issue(server_subject());
  f.files.replace(f.files.cert, next.certificate);
  f.files.replace(f.files.key, next.key);
  CHECK(f.shown() == fingerprint_of(f.files.server.certificate));
  byokd->signal(SIGHUP);
  REQUIRE(byokd->wait_for_line("config.reloaded").has_value());
  CHECK(f.shown() == fingerprint_of(next.certificate));
  CHECK(clients.go_on());
  const std::size_t under_way = f.world.fake.stats().at("inFlight").as_array().size();
  CHECK(under_way >= streams);

  byokd->signal(SIGTERM);
  REQUIRE(byokd->wait_for_line("draining").has_value());
  const int whole = whole_of(running);
  CHECK(whole == streams);
  CHECK(byokd->wait() == 0);
  byokd = f.start();
  CHECK(f.shown() == fingerprint_of(next.certificate));
  CHECK(clients.go_on());
  clients.stop();
  CHECK(clients.refused == 0);
  CHECK(clients.broken == 0);
  MESSAGE(streams,
          " streams, half of them over TLS, through SIGHUP with a new certificate, drain and ",
          "restart on held sockets: ", streams - whole, " broken; of ", clients.served.load(),
          " new calls meanwhile ", clients.refused.load(), " refused, ", clients.broken.load(),
          " broken");
}
