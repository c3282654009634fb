// Many tenants' clients at once on few connections, leaving in the middle of some answers: every
// call is made with the caller's own key. The provider tells which key came.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

constexpr int client_count = 16;
constexpr int tenant_count = 24;

struct Customer {
  Tenant tenant;
  std::map<std::string, std::string> digests = {};  // of its keys, by provider
};

struct Call {
  std::string_view name;
  std::string provider;
  std::string target;
  std::string body;
  Headers headers = {};
};

const std::string who = "who am I?";

std::string message(bool stream) {
  return std::string(R"({"model":"claude-whoami","max_tokens":99,"stream":)") +
         (stream ? "true" : "false") + R"(,"messages":[{"role":"user","content":"who?"}]})";
}

const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"who?"}]}]})";
const Headers version{{"anthropic-version", "2023-06-01"}};

// The answer of each names the key that it was made with in its text, its stream or a header.
const Call calls[] = {
    {"/ai/chat", "openai", "/ai/chat", chat_body("gpt-whoami", who)},
    {"/ai/chat, claude", "anthropic", "/ai/chat", chat_body("claude-whoami", who)},
    {"/ai/chat, gemini", "gemini", "/ai/chat", chat_body("gemini-whoami", who)},
    {"/ai/chat, streamed", "openai", "/ai/chat", chat_body("gpt-whoami", who, true)},
    {"/ai/chat, claude streamed", "anthropic", "/ai/chat", chat_body("claude-whoami", who, true)},
    {"completions", "openai", "/v1/chat/completions", chat_body("gpt-whoami", who)},
    {"completions, streamed", "openai", "/v1/chat/completions", chat_body("gpt-whoami", who, true)},
    {"completions, claude", "anthropic", "/v1/chat/completions", chat_body("claude-whoami", who)},
    {"completions, gemini", "gemini", "/v1/chat/completions", chat_body("gemini-whoami", who)},
    {"messages", "anthropic", "/v1/messages", message(false), version},
    {"messages, streamed", "anthropic", "/v1/messages", message(true), version},
    {"generateContent", "gemini", "/v1beta/models/gemini-whoami:generateContent", contents},
    {"passed through", "openai", "/openai/v1/anything", "{}"},
};

struct Score {
  std::atomic<int> started{0};
  std::atomic<int> answered{0};
  std::atomic<int> left{0};
  std::atomic<int> wrong{0};
  std::atomic<int> failed{0};
};

bool names(const Response& response, const std::string& digest) {
  if (response.header("x-fake-key-sha256") == digest) return true;
  return response.body.find(digest) != std::string::npos;
}

bool names_another(const Response& response, const std::vector<Customer>& customers,
                   const std::string& own) {
  for (const Customer& customer : customers) {
    for (const auto& [provider, digest] : customer.digests) {
      if (digest != own && names(response, digest)) return true;
    }
  }
  return false;
}

// Leaves in the middle of a long answer: what is left of it must reach nobody.
void leave(const World& world, const Customer& customer, bool reset) {
  Connection connection(world.byokd.tcp());
  connection.send({.method = "POST",
                   .target = "/v1/chat/completions",
                   .headers = bearer(customer.tenant.token),
                   .body = chat_body("gpt-sse-100000-1", who, true)});
  CHECK(connection.read_head().status == 200);
  connection.read_piece();
  if (reset) connection.stream().reset();
}

void work(const World& world, const std::vector<Customer>& customers, int total, unsigned seed,
          Score& score) {
  std::mt19937 random(seed);
  auto connection = std::make_unique<Connection>(world.byokd.tcp());
  while (score.started.fetch_add(1) < total) {
    const Customer& customer = customers[random() % customers.size()];
    if (random() % 50 == 0) {
      leave(world, customer, random() % 2 == 0);
      ++score.left;
      continue;
    }
    // A connection that tenants share, as behind a proxy, and now and then a new one.
    if (random() % 100 == 0) connection = std::make_unique<Connection>(world.byokd.tcp());
    const Call& chosen = calls[random() % std::size(calls)];
    Response response =
        connection->exchange({.method = "POST",
                              .target = chosen.target,
                              .headers = bearer(customer.tenant.token, chosen.headers),
                              .body = chosen.body});
    const std::string& own = customer.digests.at(chosen.provider);
    ++score.answered;
    if (response.status != 200 || !names(response, own)) ++score.failed;
    if (names_another(response, customers, own)) ++score.wrong;
  }
}

}  // namespace

TEST_CASE("of mixed calls of many tenants none is made with another tenant's key") {
  World world;
  std::vector<Customer> customers;
  for (int i = 0; i < tenant_count; ++i) {
    Customer customer{world.make_tenant("tenant-" + std::to_string(i))};
    for (const auto& [provider, prefix] :
         {std::pair{"openai", "sk-proj-"}, {"anthropic", "sk-ant-api03-"}, {"gemini", "AQ."}}) {
      const std::string key = make_key(prefix);
      world.put_key(customer.tenant, provider, key);
      customer.digests[provider] = sha256_hex(key);
    }
    customers.push_back(std::move(customer));
  }
  for (const Call& c : calls) {
    CAPTURE(c.name);
    Response response = world.ask(customers[0].tenant.token, "POST", c.target, c.body, c.headers);
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    REQUIRE(names(response, customers[0].digests.at(c.provider)));
    // The check can fail.
    CHECK(names_another(response, customers, "nobody's"));
  }

  const int total = sized(5'000, 100'000);
  const unsigned seed = std::random_device()();
  Score score;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < client_count; ++i) {
    threads.emplace_back([&, i] {
      try {
        work(world, customers, total, seed + i, score);
      } catch (const std::exception& error) {
        MESSAGE(error.what());
        ++score.failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CAPTURE(seed);
  CHECK(score.answered + score.left == total);
  CHECK(score.failed == 0);
  CHECK(score.wrong == 0);
  MESSAGE(total << " calls of " << tenant_count << " tenants by " << client_count << " clients, "
                << score.left.load() << " left midway: " << score.failed.load() << " failed, "
                << score.wrong.load() << " with another tenant's key");
}
