// byokd is killed in the middle of writes, imports and compactions: what it answered is there
// after, and every key opens.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr int writer_count = 4;
constexpr int lines_at_once = 8;
// The database grows with each import, and what it takes to copy and to look through it.
constexpr int kills_of_one_world = 50;

// The digest of a tenant's key; the empty string where it has none.
using KeyDigest = std::string;

struct Score {
  int kills = 0;
  int writes = 0;  // answered
  int lines = 0;   // likewise
  std::atomic<int> compactions{0};
  int cut_writes = 0;  // under way as byokd was killed
  int cut_imports = 0;
  int cut_compactions = 0;
  int lost = 0;
  int unreadable = 0;
};

// What a chat with that token is made with; nothing where it cannot be told.
std::optional<KeyDigest> key_behind(Connection& connection, const std::string& token,
                                    Score& score) {
  const Response response = connection.exchange({.method = "POST",
                                                 .target = "/v1/chat/completions",
                                                 .headers = bearer(token),
                                                 .body = chat_body("gpt-4o", "hi")});
  if (response.status == 200) return response.header("x-fake-key-sha256");
  if (response.status == 422) return KeyDigest();
  CAPTURE(response.body);
  CHECK(response.status == 200);
  ++(response.status == 401 ? score.lost : score.unreadable);
  return std::nullopt;
}

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

  void check(Connection& connection, Score& score) {
    CAPTURE(tenant.id);
    CHECK(refused == "");
    const std::optional<KeyDigest> found = key_behind(connection, tenant.token, score);
    if (!found) return;
    const bool there = *found == answered || (pending && *found == *pending);
    CHECK(there);
    score.lost += !there;
    score.cut_writes += pending.has_value();
    answered = *found;
    pending.reset();
  }
};

// Imports tenants of its own until byokd is gone: a few lines, their answers, and the next.
struct Importer {
  struct Line {
    KeyDigest key;
    std::string token;
  };
  std::vector<Line> answered;  // of all runs
  std::size_t checked = 0;     // of those
  bool under_way = false;
  std::string refused;
  int names = 0;

  void run(const World& world, std::atomic<int>& writes) {
    under_way = false;
    try {
      Connection connection(world.byokd.socket());
      connection.send_raw(
          format_head("POST /admin/import HTTP/1.1", {{"Host", "localhost"},
                                                      {"Content-Type", "application/x-ndjson"},
                                                      {"Transfer-Encoding", "chunked"}}));
      for (bool first = true;; first = false) step(connection, first, writes);
    } catch (const ConnectionLost&) {
    }
  }

  void step(Connection& connection, bool first, std::atomic<int>& writes) {
    std::map<std::string, KeyDigest> sent;
    std::string lines;
    for (int i = 0; i < lines_at_once; ++i) {
      const std::string tenant = "imported-" + std::to_string(names++);
      const std::string key = make_key("sk-proj-");
      sent[tenant] = sha256_hex(key);
      lines += R"({"tenant":")" + tenant + R"(","provider":"openai","apiKey":")" + key +
               R"(","token":{"name":"widget"}})" + "\n";
    }
    under_way = true;
    connection.send_raw(format_chunk(lines));
    if (first) {
      const Response head = connection.read_head();
      if (head.status != 200) refused = head.first_line;
    }
    std::string text;
    while (!sent.empty()) {
      const std::size_t end = text.find('\n');
      if (end == text.npos) {
        auto piece = connection.read_piece();
        if (!piece) throw ConnectionLost("the import ended by itself");
        text += piece->bytes;
        continue;
      }
      const std::string line = text.substr(0, end);
      text.erase(0, end + 1);
      const Response answer{.body = line};
      if (answer.text("ok") != "true") refused = line;
      answered.push_back({sent.extract(answer.text("tenant")).mapped(), answer.text("token")});
      ++writes;
    }
    under_way = false;
  }

  // All that was answered since the last time, or `all`.
  void check(Connection& connection, Score& score, bool all = false) {
    CHECK(refused == "");
    for (std::size_t i = all ? 0 : checked; i < answered.size(); ++i) {
      CAPTURE(i);
      const std::optional<KeyDigest> found = key_behind(connection, answered[i].token, score);
      if (!found) continue;
      CHECK(*found == answered[i].key);
      score.lost += *found != answered[i].key;
    }
    if (all) return;
    score.lines += static_cast<int>(answered.size() - checked);
    checked = answered.size();
    score.cut_imports += under_way;
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

void kill_again_and_again(int kills, std::mt19937& random, Score& score) {
  World world;
  std::vector<Writer> writers(writer_count);
  for (int i = 0; i < writer_count; ++i) {
    writers[static_cast<std::size_t>(i)].tenant = world.make_tenant("tenant-" + std::to_string(i));
  }
  Importer importer;
  for (int round = 0; round < kills; ++round) {
    CAPTURE(round);
    std::atomic<int> writes{0};
    std::vector<std::thread> threads;
    for (Writer& writer : writers) {
      threads.emplace_back(
          [&, start = std::mt19937(random())] { writer.run(world, start, writes); });
    }
    threads.emplace_back([&] { importer.run(world, writes); });
    // Every other round, so that there are long runs of writes too.
    const bool compacts = round % 2 == 0;
    if (compacts) threads.emplace_back([&] { compact(world, score.compactions); });
    const int enough = static_cast<int>(random() % 100);
    CHECK(eventually([&] { return writes >= enough; }, patience));
    // Within a commit as often as between two.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5'000));
    world.byokd.kill();
    for (std::thread& thread : threads) thread.join();
    ++score.kills;
    score.writes += writes;
    score.cut_compactions += compacts;

    world.byokd.start();
    Connection connection(world.byokd.tcp());
    for (Writer& writer : writers) writer.check(connection, score);
    importer.check(connection, score);
    const Response diagnosis = world.admin("GET", "/admin/doctor");
    CAPTURE(diagnosis.body);
    CHECK(diagnosis.text("problemCount") == "0");
    score.unreadable += std::atoi(diagnosis.text("problemCount").c_str());
  }
  Connection connection(world.byokd.tcp());
  importer.check(connection, score, true);
}

}  // namespace

TEST_CASE("SIGKILL at any moment loses no answered write and leaves every key readable") {
  const unsigned seed = std::random_device()();
  MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  Score score;
  const int kills = sized(15, 1'000);
  while (score.kills < kills) {
    kill_again_and_again(std::min(kills_of_one_world, kills - score.kills), random, score);
  }
  MESSAGE(score.kills << " kills, within " << score.cut_writes << " writes of a key, "
                      << score.cut_imports << " imports and " << score.cut_compactions
                      << " compactions; " << score.writes - score.lines << " writes, "
                      << score.lines << " lines of imports and " << score.compactions.load()
                      << " compactions answered: " << score.lost << " lost, " << score.unreadable
                      << " unreadable");
  CHECK(score.lines > 0);
  CHECK(score.lost == 0);
  CHECK(score.unreadable == 0);
}
