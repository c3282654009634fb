// byokd is killed in the middle of writes: what it answered is there after, and every key opens.
#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <random>
#include <thread>

#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr int writer_count = 4;

// The digest of a tenant's key; the empty string where it has none.
using KeyDigest = std::string;

// One tenant that one thread writes to.
struct Writer {
  Tenant tenant;
  KeyDigest answered;                // after the last write that was answered
  std::optional<KeyDigest> pending;  // after a write that may or may not have happened
  std::string refused;               // an answer that should not have come

  // Writes until byokd is gone.
  void run(const World& world, std::mt19937 random, std::atomic<int>& writes) {
    try {
      Connection connection(world.byokd.tcp());
      for (;;) step(connection, random, writes);
    } catch (const ConnectionLost&) {
    }
  }

  void step(Connection& connection, std::mt19937& random, std::atomic<int>& writes) {
    const std::string base = "/ai/providers/openai";
    const std::string key = make_key("sk-proj-");
    Request request{.method = "PUT",
                    .target = base,
                    .headers = bearer(tenant.token),
                    .body = "{\"apiKey\":\"" + key + "\"}"};
    pending = sha256_hex(key);
    if (!answered.empty()) {
      switch (random() % 4) {
        case 0:
          break;
        case 1:
          request.method = "POST";
          request.target = base + "/rotate";
          break;
        case 2:
          request.method = "POST";
          request.target = base + "/rotate";
          request.body.clear();
          pending = answered;
          break;
        default:
          request.method = "DELETE";
          request.body.clear();
          pending = "";
      }
    }
    Response response = connection.exchange(request);
    if (response.status != 200) refused = response.first_line + " " + response.body;
    answered = *pending;
    pending.reset();
    ++writes;
  }
};

// Compacts until byokd is gone.
void compact(const World& world, std::atomic<int>& compactions) {
  try {
    Connection operators(world.byokd.socket());
    for (;; ++compactions) {
      Response response = operators.exchange({.method = "POST", .target = "/admin/compact"});
      if (response.status != 200) throw std::runtime_error(response.body);
    }
  } catch (const ConnectionLost&) {
  }
}

}  // namespace

TEST_CASE("SIGKILL at any moment loses no answered write and leaves every key readable") {
  World world;
  std::vector<Writer> writers(writer_count);
  for (int i = 0; i < writer_count; ++i) {
    writers[static_cast<std::size_t>(i)].tenant = world.make_tenant("tenant-" + std::to_string(i));
  }
  const unsigned seed = std::random_device()();
  MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  std::atomic<int> compactions{0};

  for (int round = 0; round < sized(15, 300); ++round) {
    CAPTURE(round);
    std::atomic<int> writes{0};
    std::vector<std::thread> threads;
    for (Writer& writer : writers) {
      threads.emplace_back(
          [&, start = std::mt19937(random())] { writer.run(world, start, writes); });
    }
    // Every other round, so that there are long runs of writes too.
    if (round % 2 == 0) threads.emplace_back([&] { compact(world, compactions); });
    const int enough = static_cast<int>(random() % 60);
    CHECK(eventually([&] { return writes >= enough; }, patience));
    // Within a commit as often as between two.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5'000));
    world.byokd.kill();
    for (std::thread& thread : threads) thread.join();

    world.byokd.start();
    for (Writer& writer : writers) {
      CAPTURE(writer.tenant.id);
      CHECK(writer.refused == "");
      Response response =
          world.ask(writer.tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"));
      CAPTURE(response.body);
      CHECK((response.status == 200 || response.status == 422));
      const KeyDigest found = response.header("x-fake-key-sha256");
      CHECK((found == writer.answered || (writer.pending && found == *writer.pending)));
      writer.answered = found;
      writer.pending.reset();
    }
  }
  MESSAGE(compactions.load() << " compactions answered");
}
