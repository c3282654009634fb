// Streams while they run: pieces are relayed as they come, a client that leaves ends the upstream
// call, and one that stops reading stops the provider.
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <cstdlib>
#include <thread>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const std::string paths[] = {"/v1/chat/completions", "/ai/chat"};

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");
  Fixture() { world.put_key(tenant, "openai", make_key("sk-proj-")); }

  Request request(const std::string& path, const std::string& model) {
    return {.method = "POST",
            .target = path,
            .headers = bearer(tenant.token),
            .body = chat_body(model, "hi", true)};
  }
  // Bytes that the provider has written of the one answer that is in flight; -1 without one.
  std::int64_t written() {
    auto stats = world.fake.stats();
    auto& flows = stats.at("inFlight").as_array();
    return flows.empty() ? -1 : flows[0].at("written").to_number<std::int64_t>();
  }
  std::size_t ended_by_peer() { return world.fake.stats().at("endedByPeer").as_array().size(); }
  // The number of bytes at which the provider's answer stands still for a second.
  std::int64_t standstill() {
    std::int64_t last = -1;
    std::int64_t since = 0;
    CHECK(eventually(
        [&] {
          std::int64_t now = written();
          if (now != last) since = monotonic_us();
          last = now;
          return now > 0 && monotonic_us() - since > 1'000'000;
        },
        patience));
    return last;
  }
  long resident() { return world.byokd.memory("VmRSS"); }
};

struct Latencies {
  std::vector<std::int64_t> us;
  bool overlapped = false;  // the first chunk was here before the last was sent
};

// Reads a stream of sse-N-GAP; each chunk's content is the time at which it was sent.
Latencies measure(Connection& connection) {
  constexpr std::string_view mark = "\"content\":\"";
  Latencies out;
  std::string text;
  std::int64_t first_arrival = 0;
  while (auto piece = connection.read_piece()) {
    text += piece->bytes;
    for (std::size_t end; (end = text.find("\n\n")) != text.npos; text.erase(0, end + 2)) {
      std::size_t at = text.find(mark);
      if (at > end) continue;
      std::int64_t sent = std::atoll(text.c_str() + at + mark.size());
      if (sent == 0) continue;
      if (out.us.empty()) first_arrival = piece->at_us;
      out.us.push_back(piece->at_us - sent);
      out.overlapped = first_arrival < sent;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("chunks reach the client while later ones are still to be sent") {
  Fixture f;
  const int count = sized(20, 60);
  const int gap_ms = sized(100, 1000);
  const std::string model = "gpt-sse-" + std::to_string(count) + "-" + std::to_string(gap_ms);
  for (const std::string& path : paths) {
    CAPTURE(path);
    Connection connection(f.world.byokd.tcp());
    connection.send(f.request(path, model));
    CHECK(connection.read_head().status == 200);
    Latencies latencies = measure(connection);
    CHECK(latencies.us.size() == static_cast<std::size_t>(count));
    CHECK(latencies.overlapped);
    if (!latencies.us.empty()) {
      MESSAGE(path << ": the slowest of " << count << " chunks took "
                   << *std::max_element(latencies.us.begin(), latencies.us.end()) << " us");
    }
  }
}

TEST_CASE("a client that leaves ends the upstream call") {
  Fixture f;
  for (const std::string& path : paths) {
    for (bool reset : {false, true}) {
      CAPTURE(path);
      CAPTURE(reset);
      const std::size_t before = f.ended_by_peer();
      std::int64_t left_at = 0;
      {
        Connection connection(f.world.byokd.tcp());
        connection.send(f.request(path, "gpt-sse-1000000-10"));
        CHECK(connection.read_head().status == 200);
        CHECK(connection.read_piece().has_value());
        left_at = monotonic_us();
        if (reset) connection.stream().reset();
      }
      CHECK(eventually([&] { return f.ended_by_peer() > before; }));
      auto stats = f.world.fake.stats();
      auto& ended = stats.at("endedByPeer").as_array();
      REQUIRE(ended.size() > before);
      MESSAGE(path << ": the upstream call ended "
                   << ended.back().at("atUs").to_number<std::int64_t>() - left_at
                   << " us after the client left");
    }
  }
}

TEST_CASE("a client that leaves before the first byte ends the upstream call too") {
  Fixture f;
  for (const std::string& path : paths) {
    CAPTURE(path);
    const std::size_t before = f.ended_by_peer();
    f.world.fake.forget_calls();
    f.world.fake.script(R"([{"stall":true}])");
    {
      Connection connection(f.world.byokd.tcp());
      connection.send(f.request(path, "gpt-4o"));
      CHECK(eventually([&] { return f.world.fake.calls().size() == 1; }));
    }
    CHECK(eventually([&] { return f.ended_by_peer() > before; }));
  }
}

TEST_CASE("a silent stream shows a sign of life that the SDK reads over") {
  Fixture f;
  f.world.put_key(f.tenant, "anthropic", make_key("sk-ant-"));
  f.world.put_key(f.tenant, "gemini", make_key("AQ."));
  const std::string comment = ": keep-alive\n\n";
  const std::string ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
  struct Case {
    std::string path;
    std::string model;
    std::string beat;
    std::string body;
  };
  Case cases[] = {
      {"/v1/chat/completions", "gpt-4o", comment, {}},
      {"/v1/chat/completions", "claude-sonnet-5", comment, {}},
      {"/ai/chat", "gemini-2.5-flash", comment, {}},
      {"/v1/messages", "claude-sonnet-5", ping, {}},
  };
  // Longer than the interval, between any two events.
  f.world.fake.script(R"([{"times":4,"chunks":2,"gap_ms":16000}])");
  std::vector<std::thread> threads;
  for (Case& c : cases) {
    threads.emplace_back([&f, &c, &ping] {
      const std::string body =
          R"({"model":")" + c.model +
          R"(","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"one two"}]})";
      Headers version;
      if (c.beat == ping) version.emplace_back("anthropic-version", "2023-06-01");
      c.body = f.world.ask(f.tenant.token, "POST", c.path, body, version).body;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Case& c : cases) {
    CAPTURE(c.path);
    CAPTURE(c.model);
    CAPTURE(c.body);
    const std::size_t at = c.body.find(c.beat);
    REQUIRE(at != std::string::npos);
    // Between two events, and the stream goes on behind it.
    CHECK((at == 0 || c.body.substr(at - 2, 2) == "\n\n"));
    CHECK(at + c.beat.size() < c.body.size());
  }
}

TEST_CASE("a client that stops reading stops the provider, and byokd does not grow") {
  Fixture f;
  for (const std::string& path : paths) {
    CAPTURE(path);
    const long before = f.resident();
    Connection connection(f.world.byokd.tcp());
    connection.send(f.request(path, "gpt-sse-flood"));
    CHECK(connection.read_head().status == 200);
    const std::int64_t stopped = f.standstill();
    MESSAGE(path << ": the provider stopped after " << stopped << " bytes");
    // What the kernel's buffers of four sockets may hold, and more.
    CHECK(stopped < 64'000'000);
    CHECK(f.resident() - before < 64 * 1024);

    // Reading on lets it go on.
    for (std::int64_t taken = 0; taken < 2 * stopped;) {
      auto piece = connection.read_piece();
      REQUIRE(piece.has_value());
      taken += static_cast<std::int64_t>(piece->bytes.size());
    }
    CHECK(f.written() > stopped);
  }
}

TEST_CASE("a provider that stops reading stops the client's upload") {
  Fixture f;
  f.world.fake.script(R"([{"stop_reading":true}])");
  Connection connection(f.world.byokd.tcp());
  connection.send(
      {.method = "POST",
       .target = "/v1/files",
       .headers = {{"Authorization", "Bearer " + f.tenant.token}, {"Content-Length", "4000000000"}},
       .body = ""});
  const long before = f.resident();
  timeval limit{2, 0};
  ::setsockopt(connection.stream().fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const std::string block(1 << 20, 'x');
  std::size_t taken = 0;
  try {
    for (; taken < 4'000'000'000; taken += block.size()) connection.send_raw(block);
  } catch (const ConnectionLost&) {
    // The send limit passed: nobody takes any more.
  }
  MESSAGE("the client could send " << taken << " bytes");
  CHECK(taken < 128'000'000);
  CHECK(f.resident() - before < 64 * 1024);
}
