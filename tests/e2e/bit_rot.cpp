// Single bits of stored records flip while byokd is stopped: whoever needs such a record is
// refused, nobody else notices. One tenant for each bit, so that one start shows all of them.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <sstream>

#include "common/crypto.hpp"
#include "tests/support/harness/database_dump.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace json = boost::json;

namespace {

enum class Kind { none, key, dek, tenant, token };

struct Victim {
  Kind kind;
  std::string id;
  std::string token;
};

struct KindOfRecord {
  Kind kind;
  std::string_view name;
  std::string sub_database;
  std::size_t bits;  // of each record of its kind
  int status;
  std::string_view code;
};

const KindOfRecord kinds[] = {
    {Kind::key, "key", "nr_tenant_provider_keys", 1296, 500, "KEY_UNREADABLE"},
    {Kind::dek, "dek", "deks", 1168, 500, "KEY_UNREADABLE"},
    {Kind::tenant, "tenant", "tenants", 632, 500, "KEY_UNREADABLE"},
    {Kind::token, "token", "tokens", 776, 401, "UNAUTHORIZED"},
};

std::string record_key(const KindOfRecord& kind, const Victim& victim) {
  switch (kind.kind) {
    case Kind::tenant:
      return victim.id;
    case Kind::token:
      return std::string(byok::crypto::view(byok::crypto::sha256(victim.token)));
    default:
      return victim.id + '\0';
  }
}

// Tenants with a key and a token each, in one request.
std::vector<Victim> import(const World& world, Kind kind, const std::string& name, int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    // Ids of one length: records of one length.
    const std::string id = name + std::to_string(10'000 + i);
    lines += R"({"tenant":")" + id + R"(","provider":"openai","apiKey":")" + make_key("sk-proj-") +
             R"(","token":{"scope":"full"}})" + "\n";
  }
  Response answered =
      call(world.byokd.socket(), {.method = "POST",
                                  .target = "/admin/import",
                                  .headers = {{"Content-Type", "application/x-ndjson"}},
                                  .body = lines});
  REQUIRE(answered.status == 200);
  std::vector<Victim> victims;
  std::istringstream answers(answered.body);
  for (std::string line; std::getline(answers, line);) {
    const json::value answer = json::parse(line);
    victims.push_back({kind, json::value_to<std::string>(answer.at("tenant")),
                       json::value_to<std::string>(answer.at("token"))});
  }
  REQUIRE(victims.size() == static_cast<std::size_t>(count));
  return victims;
}

void flip(DatabaseDump& dump, const KindOfRecord& kind, const Victim& victim, std::size_t bit) {
  DatabaseDump::Records& records = dump[kind.sub_database];
  const std::string prefix = record_key(kind, victim);
  auto found = records.lower_bound(prefix);
  REQUIRE(found != records.end());
  REQUIRE(found->first.starts_with(prefix));
  REQUIRE(found->second.size() * 8 == kind.bits);
  char& byte = found->second[bit / 8];
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
}

}  // namespace

TEST_CASE("a record with one bit flipped serves nobody, and harms nobody else") {
  World world({}, {{"OPENAI_API_KEY", make_key("sk-global-")}});
  const std::vector<Victim> spared = import(world, Kind::none, "spared-", 20);
  std::vector<std::vector<Victim>> victims;
  for (const KindOfRecord& kind : kinds) {
    const int count = sized(60, static_cast<int>(kind.bits));
    victims.push_back(import(world, kind.kind, std::string(kind.name) + "-", count));
  }
  CHECK(world.byokd.stop() == 0);
  DatabaseDump dump(world.byokd.database());
  for (std::size_t k = 0; k < std::size(kinds); ++k) {
    for (std::size_t i = 0; i < victims[k].size(); ++i) {
      // Spread evenly where there are fewer tenants than bits.
      flip(dump, kinds[k], victims[k][i], i * kinds[k].bits / victims[k].size());
    }
  }
  dump.store();
  world.byokd.start();
  world.fake.forget_calls();

  const auto chat = [&](const Victim& victim) {
    return world.ask(victim.token, "POST", "/ai/chat", chat_body("gpt-4o", "hi"));
  };
  for (std::size_t k = 0; k < std::size(kinds); ++k) {
    CAPTURE(kinds[k].name);
    std::size_t refused = 0;
    for (const Victim& victim : victims[k]) {
      CAPTURE(victim.id);
      Response response = chat(victim);
      CHECK(response.status == kinds[k].status);
      CHECK(response.text("error") == kinds[k].code);
      if (response.status == kinds[k].status) ++refused;
    }
    MESSAGE(victims[k].size() << " bits of " << kinds[k].name << " records flipped, " << refused
                              << " refused");
  }
  CHECK(world.fake.calls().empty());
  for (const Victim& victim : spared) CHECK(chat(victim).text("keySource") == "tenant");
  CHECK(world.byokd.stop() == 0);
}
