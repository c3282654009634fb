// Somebody who can write the database file changes the records of links, or puts others in their
// place, while byokd is stopped; and a database from before there were links.
#include <doctest/doctest.h>

#include <functional>

#include "common/crypto.hpp"
#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/link_world.hpp"
#include "tests/support/harness/database_dump.hpp"

using namespace byok::testing;

namespace {

std::string hash_of(const std::string& secret) {
  return std::string(byok::crypto::view(byok::crypto::sha256(secret)));
}

void tamper(LinkWorld& f, const std::function<void(DatabaseDump&)>& work) {
  CHECK(f.world.byokd.stop() == 0);
  DatabaseDump dump(f.world.byokd.database());
  work(dump);
  dump.store();
  f.world.byokd.start();
}

// Where fields of a link's record lie, as records.cpp draws it.
constexpr std::size_t expires_at = 5 + 8;
constexpr std::size_t used_at = expires_at + 8;
constexpr std::size_t revoked_at = used_at + 8;

}  // namespace

TEST_CASE("a link's record that was moved or changed is no link") {
  LinkWorld f;
  f.world.make_tenant("beta");
  const std::string key = make_key("sk-proj-");
  struct Case {
    std::string_view name;
    std::string secret;
    std::function<void(DatabaseDump::Records&, std::string&)> work;
  };
  const std::string sound = f.link();
  const std::string used = f.link();
  CHECK(f.post(used, key).status == 200);
  const Response gone = f.order(R"({"tenant":"acme","provider":"openai"})");
  CHECK(f.world.admin("DELETE", "/admin/links/" + gone.text("id")).status == 200);
  const std::string expired =
      secret_of(f.order(R"({"tenant":"acme","provider":"openai","expires":"1s"})"));
  CHECK(eventually([&] { return f.get(expired).status == 410; }));
  const std::string betas = secret_of(f.order(R"({"tenant":"beta","provider":"openai"})"));
  const auto zero = [](std::string& record, std::size_t at) { record.replace(at, 8, 8, '\0'); };
  const auto replace = [](std::string& record, std::string_view from, std::string_view to) {
    const std::size_t at = record.find(from);
    REQUIRE(at != record.npos);
    record.replace(at, from.size(), to);
  };
  const Case cases[] = {
      {"a used one, unused", used, [&](auto&, std::string& record) { zero(record, used_at); }},
      {"a revoked one, open", secret_of(gone),
       [&](auto&, std::string& record) { zero(record, revoked_at); }},
      {"an expired one, later", expired,
       [](auto&, std::string& record) { record[expires_at] = 0x7f; }},
      {"another's record", betas,
       [&](auto& db, std::string& record) { record = db.at(hash_of(sound)); }},
      {"another tenant", f.link(),
       [&](auto&, std::string& record) { replace(record, "\4acme", "\4beta"); }},
      {"another provider", f.link(),
       [&](auto&, std::string& record) { replace(record, "openai", "gemini"); }},
      {"cut short", f.link(), [](auto&, std::string& record) { record.resize(40); }},
      {"empty", f.link(), [](auto&, std::string& record) { record.clear(); }},
  };
  tamper(f, [&](DatabaseDump& db) {
    DatabaseDump::Records before = db["links"];
    for (const Case& c : cases) {
      std::string& record = db["links"].at(hash_of(c.secret));
      const std::string old = record;
      c.work(before, record);
      CHECK(record != old);
    }
    // A token's record under a link's name is none either.
    db["links"][hash_of(f.acme.token)] = db["tokens"].at(hash_of(f.acme.token));
  });
  f.world.fake.forget_calls();
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const int status = f.post(c.secret, make_key("sk-proj-")).status;
    CHECK(status == 401);
  }
  CHECK(f.get(f.acme.token).status == 401);
  CHECK(f.world.fake.calls().empty());
  CHECK(f.key_in_use() == sha256_hex(key));
  CHECK(f.get(sound).status == 200);
  CHECK(
      eventually([&] { return f.world.byokd.log().find("link.unreadable") != std::string::npos; }));
  const Response doctor = f.world.admin("GET", "/admin/doctor");
  CHECK(doctor.text("ok") == "false");
  CHECK(doctor.text("problemCount") == std::to_string(std::size(cases)));
  CHECK(doctor.text("problems").find("link lnk_") != std::string::npos);
  // They can be neither listed nor revoked, and go with their tenant.
  CHECK(f.world.admin("DELETE", "/admin/links/" + gone.text("id")).status == 500);
  CHECK(f.world.admin("GET", "/admin/links").text("links").find(gone.text("id")) ==
        std::string::npos);
  CHECK(f.world.admin("DELETE", "/admin/tenants/acme").status == 200);
  CHECK(f.world.admin("DELETE", "/admin/tenants/beta").status == 200);
  CHECK(f.world.admin("GET", "/admin/doctor").text("problemCount") == "0");
}

TEST_CASE("an index that leads to another link, or to none, is told") {
  LinkWorld f;
  const Response one = f.order(R"({"tenant":"acme","provider":"openai"})");
  const Response other = f.order(R"({"tenant":"acme","provider":"gemini"})");
  tamper(f, [&](DatabaseDump& db) {
    db["links_by_id"].at(one.text("id")) = db["links_by_id"].at(other.text("id"));
    db["links"].erase(hash_of(secret_of(other)));
  });
  CHECK(f.admin_link(one.text("id")).status == 404);
  CHECK(f.admin_link(other.text("id")).status == 404);
  CHECK(f.get(secret_of(one)).status == 200);
  CHECK(f.get(secret_of(other)).status == 401);
  CHECK(f.world.admin("GET", "/admin/doctor").text("problemCount") == "2");
}

TEST_CASE("a database from before there were links is opened, and links are made in it") {
  LinkWorld f;
  const std::string key = make_key("sk-proj-");
  f.world.put_key(f.acme, "openai", key);
  f.world.byokd.stop();
  DatabaseDump dump(f.world.byokd.database());
  for (const char* name : {"links", "links_by_id", "links_by_tenant"}) dump.erase(name);
  dump.store();
  f.world.byokd.start();
  CHECK(f.key_in_use() == sha256_hex(key));
  const std::string secret = f.link();
  CHECK(f.post(secret, make_key("sk-proj-")).status == 200);
  f.world.byokd.restart();
  CHECK(f.get(secret).text("error") == "LINK_USED");
  CHECK(f.world.admin("GET", "/admin/doctor").text("ok") == "true");
}

TEST_CASE("links are in a backup, and restored with it") {
  LinkWorld f;
  const std::string open = f.link();
  const std::string used = f.link();
  CHECK(f.post(used, make_key("sk-proj-")).status == 200);
  const std::string file = f.world.byokd.folder() / "backup";
  CHECK(run_byok(f.world, {"backup", file}).code == 0);
  CHECK(f.world.admin("DELETE", "/admin/tenants/acme").status == 200);
  CHECK(f.get(open).status == 401);
  f.world.byokd.stop();
  std::vector<std::string> words{"restore", file};
  const std::vector<std::string> settings = f.world.byokd.command();
  words.insert(words.end(), settings.begin() + 1, settings.end());
  const Finished restored = run_byok(f.world, words);
  CAPTURE(restored.err);
  CHECK(restored.code == 0);
  f.world.byokd.start();
  CHECK(f.get(used).text("error") == "LINK_USED");
  CHECK(f.get(open).status == 200);
}
