// Tenants chat without pause while their keys are re-encrypted without pause, and the database is
// compacted again and again.
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr int tenant_count = 8;
constexpr int client_count = 16;

struct Customer {
  Tenant tenant;
  std::string key_sha256;
  std::uint64_t dek_version = 0;  // before
  std::uint64_t rotations = 0;
};

struct Score {
  std::atomic<int> done{0};
  std::atomic<int> failed{0};
  std::atomic<int> wrong_key{0};
  std::atomic<bool> all_rotated{false};
  std::mutex mutex;
  std::string first_failure;

  bool waits_for_rotations() const { return !all_rotated && failed == 0; }
  void fail(const std::string& what) {
    ++failed;
    std::scoped_lock lock(mutex);
    if (first_failure.empty()) first_failure = what;
  }
};

// Chats until `total` are done by all clients together, and every key was rotated beside them, by
// turns through both surfaces.
void chat(const World& world, const Customer& customer, int total, Score& score) {
  Connection connection(world.byokd.tcp());
  for (int i = 0; score.done.fetch_add(1) < total || score.waits_for_rotations(); ++i) {
    const bool own = i % 2 == 0;
    Response response = connection.exchange({.method = "POST",
                                             .target = own ? "/ai/chat" : "/v1/chat/completions",
                                             .headers = bearer(customer.tenant.token),
                                             .body = chat_body("gpt-whoami", "who am I?")});
    std::string key = own ? response.text("text") : response.header("x-fake-key-sha256");
    if (response.status != 200) {
      score.fail(response.first_line + " " + response.body);
    } else if (key != customer.key_sha256) {
      ++score.wrong_key;
    }
  }
}

// Every customer's key by turns and then all of them at once, counted.
void rotate(const World& world, std::vector<Customer>& customers, int total, Score& score) {
  Connection connection(world.byokd.tcp());
  Connection operators(world.byokd.socket());
  for (std::size_t i = 0; score.done < total || score.waits_for_rotations();
       i = (i + 1) % (customers.size() + 1)) {
    if (i == customers.size()) {
      Response response = operators.exchange({.method = "POST", .target = "/admin/rotate"});
      if (response.status != 200 || response.body.find("\"failed\":0") == std::string::npos) {
        score.fail("rotate all: " + response.first_line + response.body);
      }
      for (Customer& customer : customers) ++customer.rotations;
      score.all_rotated = true;
      continue;
    }
    Response response = connection.exchange({.method = "POST",
                                             .target = "/ai/providers/openai/rotate",
                                             .headers = bearer(customers[i].tenant.token),
                                             .body = ""});
    if (response.status != 200) score.fail("rotate: " + response.first_line + response.body);
    ++customers[i].rotations;
  }
}

// Compacts the database again and again, some hundred chats later each time: changes wait
// meanwhile.
void compact(const World& world, int total, std::atomic<int>& compactions, Score& score) {
  Connection operators(world.byokd.socket());
  for (; score.done < total; ++compactions) {
    Response response = operators.exchange({.method = "POST", .target = "/admin/compact"});
    if (response.status != 200) score.fail("compact: " + response.first_line + response.body);
    const int next = std::min(total, score.done + 500);
    eventually([&] { return score.done >= next; });
  }
}

// So that a broken connection is a failure and not the end of the program.
template <class Work>
std::thread guarded(Score& score, Work work) {
  return std::thread([&score, work] {
    try {
      work();
    } catch (const std::exception& error) {
      score.fail(error.what());
    }
  });
}

}  // namespace

TEST_CASE("rotation and compaction fail no chat and confuse no keys") {
  World world;
  std::vector<Customer> customers;
  for (int i = 0; i < tenant_count; ++i) {
    const std::string key = make_key("sk-proj-");
    Tenant tenant = world.make_tenant("tenant-" + std::to_string(i));
    world.put_key(tenant, "openai", key);
    customers.push_back({tenant, sha256_hex(key), world.dek_version(tenant.id, "openai")});
  }

  const int total = sized(4'000, 100'000);
  Score score;
  std::vector<std::thread> threads;
  for (int i = 0; i < client_count; ++i) {
    const Customer& customer = customers[static_cast<std::size_t>(i % tenant_count)];
    threads.push_back(guarded(score, [&] { chat(world, customer, total, score); }));
  }
  threads.push_back(guarded(score, [&] { rotate(world, customers, total, score); }));
  std::atomic<int> compactions{0};
  threads.push_back(guarded(score, [&] { compact(world, total, compactions, score); }));
  for (std::thread& thread : threads) thread.join();

  CAPTURE(score.first_failure);
  CHECK(score.failed == 0);
  CHECK(score.wrong_key == 0);
  CHECK(compactions > 0);
  std::string grown;
  for (const Customer& customer : customers) {
    CAPTURE(customer.tenant.id);
    CHECK(customer.rotations > 0);
    // Each one took effect, and nothing else counts as one.
    std::uint64_t now = world.dek_version(customer.tenant.id, "openai");
    CHECK(now - customer.dek_version == customer.rotations);
    grown += " " + std::to_string(now - customer.dek_version);
  }
  MESSAGE(total << " chats; the tenants' DEK versions grew by" << grown);
}
