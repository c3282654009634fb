// Somebody who can write the database file moves records about while byokd is stopped, with LMDB's
// own tools: each one is noticed, and no call goes out with another's key, least of all the
// operator's.
#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <utility>

#include "common/crypto.hpp"
#include "tests/support/harness/database_dump.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

using Records = DatabaseDump::Records;

const char* const keys = "nr_tenant_provider_keys";
const char* const deks = "deks";
const char* const tenants = "tenants";
const char* const tokens = "tokens";
// What the keys of a tenant's records begin with.
const std::string a("a\0", 2);
const std::string b("b\0", 2);

// The value of the last key that begins with `prefix`.
std::string& last(Records& records, const std::string& prefix) {
  std::string* found = nullptr;
  for (auto& [key, value] : records) {
    if (key.starts_with(prefix)) found = &value;
  }
  if (!found) throw std::runtime_error("no record has that key");
  return *found;
}

void swap(Records& records, const std::string& one, const std::string& other) {
  CHECK(last(records, one) != last(records, other));
  std::swap(last(records, one), last(records, other));
}

void erase(Records& records, const std::string& prefix) {
  CHECK(std::erase_if(records, [&](const auto& r) { return r.first.starts_with(prefix); }) > 0);
}

std::string hash_of(const std::string& token) {
  return std::string(byok::crypto::view(byok::crypto::sha256(token)));
}

struct Fixture {
  World world{
      {}, {{"OPENAI_API_KEY", make_key("sk-global-")}, {"GEMINI_API_KEY", make_key("AQ.global-")}}};
  Tenant first = world.make_tenant("a");
  Tenant second = world.make_tenant("b");

  Fixture() {
    world.put_key(first, "openai", make_key("sk-proj-"));
    world.put_key(second, "openai", make_key("sk-proj-"));
  }
  void tamper(const std::function<void(DatabaseDump&)>& work) {
    CHECK(world.byokd.stop() == 0);
    DatabaseDump dump(world.byokd.database());
    work(dump);
    dump.store();
    world.byokd.start();
    world.fake.forget_calls();
  }
  Response chat(const std::string& token, const std::string& model = "gpt-4o") {
    return world.ask(token, "POST", "/ai/chat", chat_body(model, "hi"));
  }
  void check_logged(const std::string& event) {
    CHECK(eventually([&] { return world.byokd.log().find(event) != std::string::npos; }));
  }
  // That tenant's key is unreadable on every path that needs it, and nobody was called.
  void check_refused(const Tenant& tenant) {
    CAPTURE(tenant.id);
    CHECK(chat(tenant.token).status == 500);
    CHECK(chat(tenant.token).text("error") == "KEY_UNREADABLE");
    const std::string body = chat_body("gpt-4o", "hi");
    CHECK(world.ask(tenant.token, "POST", "/v1/chat/completions", body).status == 500);
    CHECK(world.ask(tenant.token, "GET", "/openai/v1/files").status == 500);
    Response rotated = world.ask(tenant.token, "POST", "/ai/providers/openai/rotate");
    CHECK(rotated.status == 500);
    CHECK(rotated.text("error") == "KEY_UNREADABLE");
    CHECK(world.fake.calls().empty());
  }
  // The same of a key whose tenant's record is sound, which therefore can be listed.
  void check_unreadable(const Tenant& tenant) {
    check_refused(tenant);
    Response listed = world.ask(tenant.token, "GET", "/ai/providers");
    CHECK(listed.status == 200);
    CHECK(listed.text("providers/0/status") == "unreadable");
    CHECK(listed.text("providers/0/maskedKey") == "...");
    check_logged("key.unreadable");
  }
};

struct Case {
  std::string_view name;
  std::function<void(DatabaseDump&)> work;
};

}  // namespace

TEST_CASE("a database that was dumped and loaded unchanged serves as before") {
  Fixture f;
  f.tamper([](DatabaseDump&) {});
  for (const Tenant* tenant : {&f.first, &f.second}) {
    CHECK(f.chat(tenant->token).text("keySource") == "tenant");
  }
}

TEST_CASE("records that were moved between tenants do not open, and no other key is used") {
  const Case cases[] = {{"keys swapped", [](DatabaseDump& db) { swap(db[keys], a, b); }},
                        {"DEKs swapped", [](DatabaseDump& db) { swap(db[deks], a, b); }},
                        {"keys and DEKs swapped",
                         [](DatabaseDump& db) {
                           swap(db[keys], a, b);
                           swap(db[deks], a, b);
                         }},
                        {"keys deleted",
                         [](DatabaseDump& db) {
                           erase(db[keys], a);
                           erase(db[keys], b);
                         }},
                        {"DEKs deleted", [](DatabaseDump& db) {
                           erase(db[deks], a);
                           erase(db[deks], b);
                         }}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    f.tamper(c.work);
    f.check_unreadable(f.first);
    f.check_unreadable(f.second);
  }
  MESSAGE(std::size(cases) << " ways to move or delete two tenants' records: 0 calls upstream");
}

TEST_CASE(
    "tenants' records that were swapped, with all that belongs to them or without, are none") {
  const Case cases[] = {{"tenants swapped", [](DatabaseDump& db) { swap(db[tenants], "a", "b"); }},
                        {"tenants, keys and DEKs swapped", [](DatabaseDump& db) {
                           swap(db[tenants], "a", "b");
                           swap(db[keys], a, b);
                           swap(db[deks], a, b);
                         }}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    // So that the two differ in more than their MAC.
    f.world.put_key(f.second, "gemini", make_key("AQ."));
    f.tamper(c.work);
    f.check_refused(f.first);
    f.check_refused(f.second);
    f.check_logged("tenant.unreadable");
  }
}

TEST_CASE("one tenant's unreadable key harms nobody else, and a new key mends it") {
  Fixture f;
  f.tamper([](DatabaseDump& db) {
    std::string& record = last(db[keys], a);
    record.back() = static_cast<char>(record.back() ^ 1);
  });
  f.check_unreadable(f.first);
  CHECK(f.chat(f.second.token).text("keySource") == "tenant");
  const auto version = f.world.dek_version(f.second.id, "openai");
  const std::string told = f.world.admin("POST", "/admin/rotate").body;
  CHECK(told.starts_with("{\"tenant\":\"" + f.first.id +
                         R"(","provider":"openai","ok":false,"error":"KEY_UNREADABLE",)"));
  CHECK(told.ends_with("{\"done\":true,\"rotated\":1,\"failed\":1}\n"));
  CHECK(f.world.dek_version(f.second.id, "openai") == version + 1);
  f.world.put_key(f.first, "openai", make_key("sk-proj-"));
  CHECK(f.chat(f.first.token).text("keySource") == "tenant");
}

TEST_CASE("two providers' keys of one tenant cannot change places, with their DEKs or without") {
  const Case cases[] = {
      {"keys", [](DatabaseDump& db) { swap(db[keys], a + "openai", a + "gemini"); }},
      {"keys and DEKs", [](DatabaseDump& db) {
         swap(db[keys], a + "openai", a + "gemini");
         auto& [first, second] = *db[deks].lower_bound(a);
         CHECK(first.starts_with(a));
         std::swap(second, last(db[deks], a));
       }}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    f.world.put_key(f.first, "gemini", make_key("AQ."));
    f.tamper(c.work);
    for (std::string model : {"gpt-4o", "gemini-2.5-flash"}) {
      CAPTURE(model);
      Response response = f.chat(f.first.token, model);
      CHECK(response.status == 500);
      CHECK(response.text("error") == "KEY_UNREADABLE");
    }
    CHECK(f.world.fake.calls().empty());
  }
}

TEST_CASE("an older key or DEK put back under a newer one's name does not open") {
  struct Old {
    std::string_view name;
    bool key;
    bool dek;
  };
  const Old cases[] = {{"the key", true, false}, {"the DEK", false, true}, {"both", true, true}};
  for (const Old& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    std::string old_key;
    std::string old_dek;
    f.tamper([&](DatabaseDump& db) {
      old_key = last(db[keys], a);
      old_dek = last(db[deks], a);
    });
    CHECK(f.world.ask(f.first.token, "POST", "/ai/providers/openai/rotate").status == 200);
    f.tamper([&](DatabaseDump& db) {
      if (c.key) last(db[keys], a) = old_key;
      if (c.dek) last(db[deks], a) = old_dek;
    });
    f.check_unreadable(f.first);
  }
}

TEST_CASE("a token's record that was moved or changed is no token") {
  Fixture f;
  const std::string expired = f.world.make_token("a", "full", R"(,"expires":"1s")");
  struct TokenCase {
    std::string_view name;
    std::string token;  // whose record is changed
    std::function<void(Records&, std::string&)> work;
  };
  const auto replace = [](std::string& record, std::string_view from, std::string_view to) {
    const std::size_t at = record.find(from);
    REQUIRE(at != record.npos);
    record.replace(at, from.size(), to);
  };
  constexpr std::size_t expires_at = 5 + 8;  // as records.cpp draws it
  constexpr std::size_t scope_at = expires_at + 8;
  const TokenCase cases[] = {
      {"another tenant's record", f.first.token,
       [&](Records& db, std::string& record) { record = db.at(hash_of(f.second.token)); }},
      {"another tenant's name", f.world.make_token("a", "full"),
       [&](Records&, std::string& r) {
         replace(r, {"\1a", 2}, {"\1b", 2});
       }},
      {"a wider scope of the same tenant's", f.first.chat_token,
       [&](Records& db, std::string& record) { record = db.at(hash_of(f.first.token)); }},
      {"a wider scope", f.second.chat_token,
       [](Records&, std::string& record) { record[scope_at] = 0; }},
      {"an operator's scope", f.second.token,
       [](Records&, std::string& record) { record[scope_at] = 2; }},
      {"a later expiry", expired, [](Records&, std::string& record) { record[expires_at] = 0x7f; }},
      {"cut short", f.world.make_token("a", "full"),
       [](Records&, std::string& record) { record.resize(record.size() / 2); }},
      {"empty", f.world.make_token("a", "full"), [](Records&, std::string& r) { r.clear(); }}};
  // All at once, from records as they were before.
  f.tamper([&](DatabaseDump& db) {
    Records before = db[tokens];
    for (const TokenCase& c : cases) {
      std::string& record = db[tokens].at(hash_of(c.token));
      const std::string old = record;
      c.work(before, record);
      CHECK(record != old);
    }
  });
  for (const TokenCase& c : cases) {
    CAPTURE(c.name);
    for (const std::string target : {"/ai/chat", "/v1/chat/completions"}) {
      Response response = f.world.ask(c.token, "POST", target, chat_body("gpt-4o", "hi"));
      CHECK(response.status == 401);
    }
    CHECK(f.world.ask(c.token, "GET", "/ai/providers").text("error") == "UNAUTHORIZED");
    CHECK(f.world.ask(c.token, "GET", "/admin/tenants").status == 401);
  }
  CHECK(f.world.fake.calls().empty());
  f.check_logged("token.unreadable");
  MESSAGE(std::size(cases) << " changed token records: 0 accepted, 0 calls upstream");
}

TEST_CASE("another database's records are no records, under the same root key too") {
  Fixture f;
  Fixture other;
  CHECK(f.world.byokd.stop() == 0);
  CHECK(other.world.byokd.stop() == 0);
  DatabaseDump from(f.world.byokd.database());
  write_file(other.world.byokd.root_key(), read_file(f.world.byokd.root_key()));
  // A new database of the same root key.
  std::filesystem::remove_all(other.world.byokd.state_dir());
  std::filesystem::create_directory(other.world.byokd.state_dir());
  std::filesystem::permissions(other.world.byokd.state_dir(), std::filesystem::perms::owner_all);
  other.world.byokd.start();
  Tenant tenant = other.world.make_tenant("a");
  other.world.put_key(tenant, "openai", make_key("sk-proj-"));
  other.tamper([&](DatabaseDump& db) {
    last(db[keys], a) = last(from[keys], a);
    last(db[deks], a) = last(from[deks], a);
    db[tokens][hash_of(f.first.token)] = from[tokens].at(hash_of(f.first.token));
  });
  other.check_unreadable(tenant);
  CHECK(other.chat(f.first.token).status == 401);
}
