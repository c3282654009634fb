// Somebody who can write the database file moves records about while byokd is stopped: each one is
// noticed, and no call goes out with another's key, least of all the operator's.
#include <doctest/doctest.h>
#include <lmdb.h>

#include <functional>
#include <stdexcept>

#include "common/handle.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

// The database as plain LMDB. One value changed a call, each in a transaction of its own.
class Database {
 public:
  explicit Database(const std::string& file) {
    MDB_env* env = nullptr;
    check(mdb_env_create(&env));
    env_.reset(env);
    check(mdb_env_set_maxdbs(env, 32));
    check(mdb_env_set_mapsize(env, 1u << 30));
    check(mdb_env_open(env, file.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0600));
  }

  // The value of the last key that begins with `prefix`.
  std::string get(const char* table, const std::string& prefix) const {
    std::string found;
    within(table, [&](MDB_txn* txn, MDB_dbi dbi) {
      std::string key = last_key(txn, dbi, prefix);
      MDB_val name = value_of(key);
      MDB_val value{};
      check(mdb_get(txn, dbi, &name, &value));
      found.assign(static_cast<char*>(value.mv_data), value.mv_size);
    });
    return found;
  }

  std::vector<std::string> names(const char* table) const {
    std::vector<std::string> out;
    within(table, [&](MDB_txn* txn, MDB_dbi dbi) { out = names(txn, dbi); });
    return out;
  }

  void set(const char* table, const std::string& prefix, const std::string& bytes) const {
    within(table, [&](MDB_txn* txn, MDB_dbi dbi) {
      std::string key = last_key(txn, dbi, prefix);
      MDB_val name = value_of(key);
      MDB_val value = value_of(bytes);
      check(mdb_put(txn, dbi, &name, &value, 0));
    });
  }

  void erase(const char* table, const std::string& prefix) const {
    within(table, [&](MDB_txn* txn, MDB_dbi dbi) {
      std::string key = last_key(txn, dbi, prefix);
      MDB_val name = value_of(key);
      check(mdb_del(txn, dbi, &name, nullptr));
    });
  }

  void swap(const char* table, const std::string& a, const std::string& b) const {
    const std::string first = get(table, a);
    const std::string second = get(table, b);
    CHECK(first != second);
    set(table, a, second);
    set(table, b, first);
  }

 private:
  static void check(int code) {
    if (code != 0) throw std::runtime_error(mdb_strerror(code));
  }
  static MDB_val value_of(const std::string& bytes) {
    return {bytes.size(), const_cast<char*>(bytes.data())};
  }
  static std::vector<std::string> names(MDB_txn* txn, MDB_dbi dbi) {
    MDB_cursor* raw = nullptr;
    check(mdb_cursor_open(txn, dbi, &raw));
    byok::Handle<MDB_cursor, mdb_cursor_close> cursor(raw);
    std::vector<std::string> out;
    MDB_val key{};
    MDB_val value{};
    for (MDB_cursor_op op = MDB_FIRST; mdb_cursor_get(raw, &key, &value, op) == 0; op = MDB_NEXT) {
      out.emplace_back(static_cast<char*>(key.mv_data), key.mv_size);
    }
    return out;
  }
  static std::string last_key(MDB_txn* txn, MDB_dbi dbi, const std::string& prefix) {
    std::string found;
    for (const std::string& name : names(txn, dbi)) {
      if (name.starts_with(prefix)) found = name;
    }
    if (found.empty()) throw std::runtime_error("no record has that key");
    return found;
  }
  void within(const char* table, const std::function<void(MDB_txn*, MDB_dbi)>& work) const {
    MDB_txn* raw = nullptr;
    check(mdb_txn_begin(env_.get(), nullptr, 0, &raw));
    byok::Handle<MDB_txn, mdb_txn_abort> txn(raw);
    MDB_dbi dbi = 0;
    check(mdb_dbi_open(raw, table, 0, &dbi));
    work(raw, dbi);
    check(mdb_txn_commit(txn.release()));
  }

  byok::Handle<MDB_env, mdb_env_close> env_;
};

const char* const keys = "nr_tenant_provider_keys";
const char* const deks = "deks";
const std::string a("a\0", 2);
const std::string b("b\0", 2);

struct Fixture {
  World world{
      {}, {{"OPENAI_API_KEY", make_key("sk-global-")}, {"GEMINI_API_KEY", make_key("AQ.global-")}}};
  Tenant first = world.make_tenant("a");
  Tenant second = world.make_tenant("b");

  Fixture() {
    world.put_key(first, "openai", make_key("sk-proj-"));
    world.put_key(second, "openai", make_key("sk-proj-"));
  }
  void tamper(const std::function<void(const Database&)>& work) {
    CHECK(world.byokd.stop() == 0);
    work(Database(world.byokd.database().string()));
    world.byokd.start();
  }
  // That tenant's key is unreadable on every path, and nobody was called.
  void check_unreadable(const Tenant& tenant) {
    CAPTURE(tenant.id);
    world.fake.forget_calls();
    const std::string body = chat_body("gpt-4o", "hi");
    Response chat = world.ask(tenant.token, "POST", "/ai/chat", body);
    CHECK(chat.status == 500);
    CHECK(chat.text("error") == "KEY_UNREADABLE");
    CHECK(world.ask(tenant.token, "POST", "/v1/chat/completions", body).status == 500);
    Response rotated = world.ask(tenant.token, "POST", "/ai/providers/openai/rotate");
    CHECK(rotated.text("error") == "KEY_UNREADABLE");
    Response listed = world.ask(tenant.token, "GET", "/ai/providers");
    CHECK(listed.status == 200);
    CHECK(listed.text("providers/0/status") == "unreadable");
    CHECK(listed.text("providers/0/maskedKey") == "...");
    CHECK(world.fake.calls().empty());
  }
};

}  // namespace

TEST_CASE("records that were moved between tenants do not open, and no other key is used") {
  struct Case {
    std::string_view name;
    std::function<void(const Database&)> work;
  };
  const Case cases[] = {{"keys swapped", [](const Database& db) { db.swap(keys, a, b); }},
                        {"DEKs swapped", [](const Database& db) { db.swap(deks, a, b); }},
                        {"keys and DEKs swapped",
                         [](const Database& db) {
                           db.swap(keys, a, b);
                           db.swap(deks, a, b);
                         }},
                        {"keys deleted",
                         [](const Database& db) {
                           db.erase(keys, a);
                           db.erase(keys, b);
                         }},
                        {"DEKs deleted", [](const Database& db) {
                           db.erase(deks, a);
                           db.erase(deks, b);
                         }}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    f.tamper(c.work);
    f.check_unreadable(f.first);
    f.check_unreadable(f.second);
  }
}

TEST_CASE("one tenant's unreadable key harms nobody else, and a new key mends it") {
  Fixture f;
  f.tamper([](const Database& db) {
    std::string record = db.get(keys, a);
    record.back() = static_cast<char>(record.back() ^ 1);
    db.set(keys, a, record);
  });
  f.check_unreadable(f.first);
  const std::string body = chat_body("gpt-4o", "hi");
  CHECK(f.world.ask(f.second.token, "POST", "/ai/chat", body).text("keySource") == "tenant");
  const auto version = f.world.dek_version(f.second.id, "openai");
  const std::string told = f.world.admin("POST", "/admin/rotate").body;
  CHECK(told.starts_with("{\"tenant\":\"" + f.first.id +
                         R"(","provider":"openai","ok":false,"error":"KEY_UNREADABLE",)"));
  CHECK(told.ends_with("{\"done\":true,\"rotated\":1,\"failed\":1}\n"));
  CHECK(f.world.dek_version(f.second.id, "openai") == version + 1);
  f.world.put_key(f.first, "openai", make_key("sk-proj-"));
  CHECK(f.world.ask(f.first.token, "POST", "/ai/chat", body).text("keySource") == "tenant");
}

TEST_CASE("two providers' keys of one tenant cannot change places") {
  Fixture f;
  f.world.put_key(f.first, "gemini", make_key("AQ."));
  f.tamper([](const Database& db) { db.swap(keys, a + "openai", a + "gemini"); });
  f.world.fake.forget_calls();
  for (std::string model : {"gpt-4o", "gemini-2.5-flash"}) {
    CAPTURE(model);
    Response response = f.world.ask(f.first.token, "POST", "/ai/chat", chat_body(model, "hi"));
    CHECK(response.status == 500);
    CHECK(response.text("error") == "KEY_UNREADABLE");
  }
  CHECK(f.world.fake.calls().empty());
}

TEST_CASE("an older key put back under a newer one's name does not open") {
  Fixture f;
  std::string old_key;
  std::string old_dek;
  f.tamper([&](const Database& db) {
    old_key = db.get(keys, a);
    old_dek = db.get(deks, a);
  });
  CHECK(f.world.ask(f.first.token, "POST", "/ai/providers/openai/rotate").status == 200);
  f.tamper([&](const Database& db) {
    db.set(keys, a, old_key);
    db.set(deks, a, old_dek);
  });
  f.check_unreadable(f.first);
}

TEST_CASE("a token or tenant record copied over another's gives nobody a tenant") {
  Fixture f;
  f.tamper([](const Database& db) {
    const std::string one = db.get("tokens", "");
    for (const std::string& hash : db.names("tokens")) db.set("tokens", hash, one);
  });
  f.world.fake.forget_calls();
  int accepted = 0;
  for (const Tenant* tenant : {&f.first, &f.second}) {
    for (const std::string& token : {tenant->token, tenant->chat_token}) {
      Response response =
          f.world.ask(token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"));
      if (response.status == 200) ++accepted;
    }
  }
  // The one whose own record it was.
  CHECK(accepted <= 1);
  CHECK(f.world.fake.calls().size() == static_cast<std::size_t>(accepted));
}
