// Sockets that the service manager holds: byokd takes them instead of its own, and one byokd after
// another serves them without a client noticing.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/e2e/held_sockets.hpp"

using namespace byok::testing;

namespace {

// A world whose byokd has been stopped, to be started over the same folder by a service manager
// that holds the sockets.
struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");
  TempFolder folder;
  Fixture() {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
    world.byokd.stop();
  }

  std::unique_ptr<Process> start(const std::vector<int>& sockets, const std::string& names = "",
                                 const std::vector<std::string>& settings = {}) const {
    return start_with_sockets(world, sockets, names, settings);
  }
  Response chat(const Address& address) const {
    return call(address, {.method = "POST",
                          .target = "/v1/chat/completions",
                          .headers = bearer(tenant.token),
                          .body = chat_body("gpt-4o", "hi")});
  }
};

}  // namespace

TEST_CASE("the service manager's sockets are served, and none of `listen` is") {
  Fixture f;
  const std::string path = f.folder / "byokd.sock";
  Fd unix_socket = make_unix(path);
  Fd tcp_socket = make_tcp(INADDR_LOOPBACK);
  const Address tcp{port_of(tcp_socket), ""};
  auto byokd = f.start({unix_socket.get(), tcp_socket.get()}, "unix:http");
  REQUIRE(byokd->wait_for_line("listening on unix:" + path).has_value());
  REQUIRE(byokd->wait_for_line("listening on http://127.0.0.1:" + std::to_string(tcp.port)));
  CHECK(byokd->err().find(f.world.byokd.socket().path) == std::string::npos);
  CHECK(f.chat(tcp).status == 200);
  // Who is at the other end of the Unix socket is known as ever.
  const Response status = call({0, path}, {.target = "/admin/status"});
  CHECK(status.status == 200);
  CHECK(status.body.find("unix:" + path) != std::string::npos);
  CHECK(call(tcp, {.target = "/admin/status"}).status == 401);
  CHECK_THROWS_AS(Connection{f.world.byokd.socket()}, ConnectionLost);
  byokd->signal(SIGTERM);
  CHECK(byokd->wait() == 0);
  // The socket's file is not byokd's to remove.
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("variables that are meant for another process are left alone") {
  Fixture f;
  Environment environment = f.world.byokd.environment();
  environment["LISTEN_PID"] = "1";
  environment["LISTEN_FDS"] = "1";
  Process byokd(f.world.byokd.command(), environment);
  CHECK(byokd.wait_for_line("listening on unix:" + f.world.byokd.socket().path).has_value());
}

TEST_CASE("what cannot be served of the service manager's is refused in one line") {
  Fixture f;
  Fd open_to_all = make_tcp(INADDR_ANY);
  Fd datagrams = make_tcp(INADDR_LOOPBACK, SOCK_DGRAM, false);
  Fd not_listening = make_tcp(INADDR_LOOPBACK, SOCK_STREAM, false);
  Fd no_socket(::open("/dev/null", O_RDONLY));
  struct Case {
    std::string_view name;
    int socket;
    std::string_view says;
  };
  const Case cases[] = {
      {"open to all", open_to_all.get(), "set allow_plaintext = true"},
      {"datagrams", datagrams.get(), "no listening stream socket"},
      {"not listening", not_listening.get(), "no listening stream socket"},
      {"no socket", no_socket.get(), "no listening stream socket"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto byokd = f.start({c.socket}, "main");
    CHECK(byokd->wait() == 1);
    CHECK(byokd->err().find("the service manager's socket 'main' is refused: ") !=
          std::string::npos);
    CHECK(byokd->err().find(c.says) != std::string::npos);
  }
  auto allowed = f.start({open_to_all.get()}, "main", {"allow_plaintext=true"});
  CHECK(allowed->wait_for_line("listening on http://0.0.0.0:").has_value());
}

TEST_CASE("restarts under steady new connections break none and refuse none") {
  Fixture f;
  const std::string path = f.folder / "byokd.sock";
  Fd unix_socket = make_unix(path);
  Fd tcp_socket = make_tcp(INADDR_LOOPBACK);
  const Address tcp{port_of(tcp_socket), ""};
  const std::vector<int> sockets{unix_socket.get(), tcp_socket.get()};

  auto byokd = f.start(sockets);
  REQUIRE(byokd->wait_for_line("listening on http").has_value());
  std::atomic<bool> enough = false;
  std::atomic<int> served = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> broken = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, address = i % 2 == 0 ? tcp : Address{0, path}] {
      while (!enough) {
        try {
          ++(f.chat(address).status == 200 ? served : refused);
        } catch (const std::exception&) {
          ++broken;
        }
      }
    });
  }
  const int restarts = 5;
  for (int i = 0; i < restarts; ++i) {
    const int so_far = served;
    CHECK(eventually([&] { return served > so_far + 50; }, patience));
    byokd->signal(SIGTERM);
    CHECK(byokd->wait() == 0);
    byokd = f.start(sockets);
    REQUIRE(byokd->wait_for_line("listening on http").has_value());
  }
  const int so_far = served;
  CHECK(eventually([&] { return served > so_far + 50; }, patience));
  enough = true;
  for (std::thread& client : clients) client.join();
  CHECK(broken == 0);
  CHECK(refused == 0);
  MESSAGE(restarts, " restarts under new connections: ", served.load(), " calls served, ",
          refused.load(), " refused, ", broken.load(), " broken");
}

TEST_CASE("who waits while no byokd runs is served by the next, streams end with the last") {
  Fixture f;
  Fd tcp_socket = make_tcp(INADDR_LOOPBACK);
  const Address tcp{port_of(tcp_socket), ""};
  auto byokd = f.start({tcp_socket.get()});
  REQUIRE(byokd->wait_for_line("listening on http").has_value());
  Connection stream(tcp);
  stream.send({.method = "POST",
               .target = "/v1/chat/completions",
               .headers = bearer(f.tenant.token),
               .body = chat_body("gpt-sse-10-100", "hi", true)});
  REQUIRE(stream.read_head().status == 200);
  byokd->signal(SIGTERM);
  REQUIRE(byokd->wait_for_line("draining").has_value());
  std::string text;
  while (auto piece = stream.read_piece()) text += piece->bytes;
  CHECK(text.find("[DONE]") != text.npos);
  CHECK(byokd->wait() == 0);
  Connection waiting(tcp);
  waiting.send({.target = "/health"});
  byokd = f.start({tcp_socket.get()});
  CHECK(waiting.read().status == 200);
}
