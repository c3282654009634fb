// byokd is killed in the middle of a storm of changes: the audit log is whole after, has every
// change that was answered, and says of each whether it was kept.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "tests/e2e/audit_lines.hpp"
#include "tests/support/harness/size.hpp"

using namespace byok::testing;

namespace {

struct Change {
  std::string event;
  std::string tenant;
  std::uint64_t seq = 0;
  bool kept = false;
};

// What the log says of each change, by the request's id: kept where an outcome says so, or where it
// stands no later than the line that the next start found in the database.
std::map<std::string, Change> changes_in(const std::vector<std::string>& lines) {
  std::map<std::string, Change> changes;
  std::map<std::uint64_t, std::string> unsettled;
  for (const std::string& line : lines) {
    const std::string event = member(line, "event");
    if (member(line, "result") == "begun") {
      const std::uint64_t seq = std::stoull(member(line, "seq"));
      unsettled[seq] = member(line, "requestId");
      changes[unsettled[seq]] = {event, member(line, "tenant"), seq, false};
    } else if (event == "outcome") {
      const auto begin = unsettled.lower_bound(std::stoull(member(line, "first")));
      const auto end = unsettled.upper_bound(std::stoull(member(line, "last")));
      for (auto it = begin; it != end; ++it) {
        changes[it->second].kept = member(line, "result") == "done";
      }
      unsettled.erase(begin, end);
    } else if (event == "byokd.started") {
      const std::uint64_t kept_up_to = std::stoull(member(line, "keptUpTo"));
      for (const auto& [seq, id] : unsettled) changes[id].kept = seq <= kept_up_to;
      unsettled.clear();
    }
  }
  return changes;
}

// Sets, rotates and deletes one tenant's key until byokd is gone.
struct Client {
  Tenant tenant;
  bool has_key = false;               // as far as it was answered
  std::vector<std::string> answered;  // the requests' ids
  std::string refused;                // an answer that should not have come

  void run(const World& world, std::mt19937 random, std::atomic<int>& done) {
    const std::string target = "/ai/providers/openai";
    try {
      Connection connection(world.byokd.tcp());
      for (;;) {
        Request request{.method = "PUT", .target = target, .headers = bearer(tenant.token)};
        const unsigned what = has_key ? static_cast<unsigned>(random() % 3) : 0;
        if (what == 0) request.body = R"({"apiKey":")" + make_key("sk-") + R"("})";
        if (what == 1) request = {"POST", target + "/rotate", bearer(tenant.token), {}};
        if (what == 2) request = {"DELETE", target, bearer(tenant.token), {}};
        const Response answer = connection.exchange(request);
        if (answer.status != 200) refused = answer.first_line + " " + answer.body;
        has_key = what != 2;
        answered.push_back(answer.header("X-Byok-Request-Id"));
        ++done;
      }
    } catch (const ConnectionLost&) {
    }
  }
};

}  // namespace

TEST_CASE(
    "SIGKILL at any moment leaves a whole log, which has what was answered and what was kept") {
  World world;
  std::vector<Client> clients(4);
  for (Client& client : clients) {
    client.tenant = world.make_tenant("t" + std::to_string(&client - clients.data()));
  }
  const unsigned seed = std::random_device()();
  MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < sized(15, 200); ++round) {
    CAPTURE(round);
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (Client& client : clients) {
      threads.emplace_back([&, start = std::mt19937(random())] { client.run(world, start, done); });
    }
    const int enough = static_cast<int>(random() % 60);
    CHECK(eventually([&] { return done >= enough; }, patience));
    // Within a commit as often as between two.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5'000));
    world.byokd.kill();
    for (std::thread& thread : threads) thread.join();
    world.byokd.start();

    const Finished verified = run_byok(world, {"audit", "verify"});
    CAPTURE(verified.out);
    CHECK(verified.code == 0);
    const std::map<std::string, Change> changes = changes_in(lines_of(world));
    for (Client& client : clients) {
      CAPTURE(client.tenant.id);
      CHECK(client.refused == "");
      std::size_t told = 0;
      for (const std::string& id : client.answered) {
        const auto found = changes.find(id);
        told += found != changes.end() && found->second.kept;
      }
      CHECK(told == client.answered.size());

      // The last that the log calls kept is what the database has.
      const Change* last = nullptr;
      for (const auto& [id, change] : changes) {
        if (change.tenant != client.tenant.id || !change.event.starts_with("key.")) continue;
        if (change.kept && (last == nullptr || last->seq < change.seq)) last = &change;
      }
      const Response call =
          world.ask(client.tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"));
      REQUIRE((call.status == 200 || call.status == 422));
      client.has_key = call.status == 200;
      CHECK(client.has_key == (last != nullptr && last->event != "key.deleted"));
    }
  }
  std::size_t answered = 0;
  for (const Client& client : clients) answered += client.answered.size();
  MESSAGE(answered << " changes answered");
}
