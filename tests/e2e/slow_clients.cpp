// Clients that send or read as slowly as they can, by the thousand: others are served at once, and
// the slow ones are gone at their deadline. slowhttptest plays the clients.
#include <doctest/doctest.h>

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/e2e/tls_world.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr int slow_count = 1'000;
constexpr int idle_count = 10'000;
constexpr std::int64_t second = 1'000'000;  // us

// Raises the limit of open files of this program and of those that it starts; false where the hard
// limit is too low.
bool may_open(rlim_t files) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  // Root may raise it.
  limit.rlim_max = std::max(limit.rlim_max, files);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return true;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return false;
}

struct Fixture {
  explicit Fixture(std::vector<std::string> settings = {}) : world(std::move(settings)) {
    world.put_key(tenant, "openai", make_key("sk-proj-"));
  }
  World world;
  Tenant tenant = world.make_tenant("acme");

  // Asks for the health and for a chat, each on a connection of its own; the longer of the two, us.
  std::int64_t probe() {
    const std::int64_t begin = monotonic_us();
    CHECK(call(world.byokd.tcp(), {.target = "/health"}).status == 200);
    const std::int64_t between = monotonic_us();
    Response chat = world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi"));
    CHECK(chat.status == 200);
    return std::max(between - begin, monotonic_us() - between);
  }
  // A header of slowhttptest's, with one more behind it, which it has no option for.
  std::string with_token(const std::string& value) const {
    return value + "\r\nAuthorization: Bearer " + tenant.token;
  }
};

struct Attack {
  std::string_view name;
  std::vector<std::string> options;
  std::string path;
};

}  // namespace

TEST_CASE("a thousand slow clients hinder nobody, and are gone at the deadline") {
  REQUIRE(may_open(slow_count + 1'000));
  const std::vector<std::string> settings = {"limits.header_timeout=3s", "limits.idle_timeout=3s"};
  Fixture names(settings);
  const std::string accept = names.with_token("*/*");
  const std::string type = names.with_token("application/json");
  const Attack attacks[] = {
      {"slow headers (-H)", {"-H", "-i", "1"}, "/ai/chat"},
      {"slow bodies (-B)", {"-B", "-i", "10", "-s", "8192", "-f", type}, "/ai/chat"},
      {"slow bodies (-B), no token", {"-B", "-i", "1", "-s", "8192"}, "/ai/chat"},
      {"slow reading (-X)",
       {"-X", "-n", "1", "-z", "32", "-w", "512", "-y", "1024", "-m", accept},
       "/openai/v1/files/size-20000000/content"},
  };
  for (const Attack& attack : attacks) {
    CAPTURE(attack.name);
    std::vector<std::string> command{"slowhttptest",
                                     "-c",
                                     std::to_string(slow_count),
                                     "-r",
                                     std::to_string(slow_count),
                                     "-l",
                                     "60",
                                     "-p",
                                     "5",
                                     "-u",
                                     names.world.byokd.url() + attack.path};
    command.insert(command.end(), attack.options.begin(), attack.options.end());
    const std::int64_t begin = monotonic_us();
    Process slow(command, clean_environment("/nowhere"));
    std::int64_t slowest = 0;
    int probes = 0;
    while (!slow.wait(std::chrono::milliseconds(20))) {
      slowest = std::max(slowest, names.probe());
      ++probes;
    }
    const std::int64_t took = monotonic_us() - begin;
    CAPTURE(slow.out());
    CHECK(slow.out().find("No open connections left") != std::string::npos);
    CHECK(probes > 20);
    CHECK(slowest < second);
    // The time to connect, the deadline and what slowhttptest takes to notice.
    CHECK(took < 20 * second);
    MESSAGE(attack.name << ": " << slow_count << " clients gone after " << took / 1'000 << " ms, "
                        << probes << " probes, the slowest " << slowest / 1'000 << " ms");
  }
}

TEST_CASE("ten thousand idle connections cost little, and others are served at once") {
  if (!may_open(idle_count + 1'000)) {
    MESSAGE("skipped: 10,000 connections, more than this system lets a program open");
    return;
  }
  Fixture f({"limits.max_connections=" + std::to_string(idle_count + 500)});
  f.probe();
  const long before = f.world.byokd.memory("VmRSS");
  std::vector<std::unique_ptr<Connection>> idle;
  for (int i = 0; i < idle_count; ++i) {
    idle.push_back(std::make_unique<Connection>(f.world.byokd.tcp()));
    CHECK(idle.back()->exchange({.target = "/health"}).status == 200);
  }
  std::int64_t slowest = 0;
  for (int i = 0; i < 100; ++i) slowest = std::max(slowest, f.probe());
  const long each = (f.world.byokd.memory("VmRSS") - before) * 1024 / idle_count;
  CHECK(slowest < second);
  if (!sanitized) CHECK(each < 16 * 1024);
  // None was closed to make room.
  for (const auto& connection : idle) {
    CHECK(connection->exchange({.target = "/health"}).status == 200);
  }
  MESSAGE(idle_count << " idle connections: " << each << " bytes each, the slowest of 100 probes "
                     << slowest / 1'000 << " ms");
}

TEST_CASE("idle connections over TLS cost what OpenSSL takes besides, and no buffers") {
  constexpr int count = 2'000;
  // OpenSSL 3.0 holds some 13.4 KiB for each, 7.4 of it in one piece; its buffers would be 33 more.
  constexpr long most = 24 * 1024;
  REQUIRE(may_open(count + 1'000));
  TlsWorld f;
  const auto ask = [&f](Connection& connection) {
    CHECK(connection.exchange({.target = "/health"}).status == 200);
  };
  Connection first(f.address());
  ask(first);
  const long before = f.world.byokd.memory("VmRSS");
  std::vector<std::unique_ptr<Connection>> idle;
  for (int i = 0; i < count; ++i) {
    ask(*idle.emplace_back(std::make_unique<Connection>(f.address())));
  }
  const long each = (f.world.byokd.memory("VmRSS") - before) * 1024 / count;
  if (!sanitized) CHECK(each < most);
  // With room for their buffers taken once more, and given back.
  for (const auto& connection : idle) ask(*connection);
  const long after = (f.world.byokd.memory("VmRSS") - before) * 1024 / count;
  if (!sanitized) CHECK(after < most);
  MESSAGE(count << " idle connections over TLS: " << each << " bytes each, " << after
                << " after another request");
}

TEST_CASE("clients that stop reading their streams do not make byokd grow") {
  constexpr int stuck_count = 50;
  Fixture f;
  f.probe();
  const auto written = [&] {
    std::int64_t sum = 0;
    const auto stats = f.world.fake.stats();
    for (const auto& flow : stats.at("inFlight").as_array()) {
      sum += flow.at("written").to_number<std::int64_t>();
    }
    return sum;
  };
  const long before = f.world.byokd.memory("VmRSS");
  std::vector<std::unique_ptr<Connection>> stuck;
  for (int i = 0; i < stuck_count; ++i) {
    stuck.push_back(std::make_unique<Connection>(f.world.byokd.tcp()));
    stuck.back()->send({.method = "POST",
                        .target = i % 2 == 0 ? "/ai/chat" : "/v1/chat/completions",
                        .headers = bearer(f.tenant.token),
                        .body = chat_body("gpt-sse-flood", "hi", true)});
    CHECK(stuck.back()->read_head().status == 200);
  }
  // Until the kernel's buffers are full, and nobody can write any more.
  std::int64_t last = -1;
  std::int64_t since = 0;
  CHECK(eventually(
      [&] {
        const std::int64_t now = written();
        if (now != last) since = monotonic_us();
        last = now;
        return now > 0 && monotonic_us() - since > 2 * second;
      },
      patience));
  const long each = (f.world.byokd.memory("VmRSS") - before) * 1024 / stuck_count;
  if (!sanitized) CHECK(each < 256 * 1024);
  CHECK(f.probe() < second);
  MESSAGE(stuck_count << " clients that stopped reading after " << last / 1'000'000
                      << " MB of streams: " << each << " bytes of byokd's each");
}

TEST_CASE("a client that reads slowly but steadily gets the whole of a large answer") {
  constexpr std::size_t numbers = 600'000;  // some 6 MB
  Fixture f({"limits.idle_timeout=1s"});
  std::string vector = "0.12345678";
  while (vector.size() < numbers * 11) vector += ",0.12345678";
  f.world.fake.script(R"([{"status":200,"body":{"object":"list","model":"text-embedding-3-small",)"
                      R"("data":[{"object":"embedding","index":0,"embedding":[)" +
                      vector + R"(]}],"usage":{"prompt_tokens":1,"total_tokens":1}}}])");
  struct Case {
    std::string name;
    Address address;
    std::string target;
  };
  const Case cases[] = {
      {"in one piece, over TCP", f.world.byokd.tcp(), "/ai/embeddings"},
      {"in one piece, over the socket", f.world.byokd.socket(), "/ai/embeddings"},
      {"relayed, over TCP", f.world.byokd.tcp(), "/v1/embeddings"},
      {"relayed, over the socket", f.world.byokd.socket(), "/v1/embeddings"},
  };
  std::vector<std::thread> clients;
  std::mutex checking;
  for (const Case& c : cases) {
    clients.emplace_back([&] {
      constexpr std::int64_t bytes_in_a_second = 1'000'000;
      std::string failed;
      try {
        Connection connection(c.address);
        connection.send({.method = "POST",
                         .target = c.target,
                         .headers = bearer(f.tenant.token),
                         .body = R"({"model":"text-embedding-3-small","input":["hi"]})"});
        if (connection.read_head().status != 200) failed = "it was refused";
        const std::int64_t begin = monotonic_us();
        std::int64_t got = 0;
        while (const std::optional<Piece> piece = connection.read_piece()) {
          got += static_cast<std::int64_t>(piece->bytes.size());
          const std::int64_t due = begin + got * second / bytes_in_a_second;
          std::this_thread::sleep_for(std::chrono::microseconds(due - monotonic_us()));
        }
      } catch (const std::exception& broken) {
        failed = broken.what();
      }
      const std::lock_guard lock(checking);
      CHECK_MESSAGE(failed == "", c.name);
    });
  }
  for (std::thread& client : clients) client.join();
}
