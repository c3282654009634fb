// What is kept of links: their lines in the audit log, without which nothing is done, and their
// states, on a full disk and after a restart.
#include <doctest/doctest.h>

#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/link_world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

TEST_CASE("what is done with a link has its lines, by whom, from where, and for which request") {
  LinkWorld f;
  const Response made = f.order(R"({"tenant":"acme","provider":"openai","note":"for chats"})");
  const std::string id = made.text("id");
  const std::string created = last_of(f.world, "link.created");
  CHECK(member(created, "link") == id);
  CHECK(member(created, "tenant") == "acme");
  CHECK(member(created, "provider") == "openai");
  CHECK(member(created, "note") == "for chats");
  CHECK(member(created, "expiresAt") == made.text("expiresAt"));
  CHECK(member(created, "who").starts_with("uid "));
  CHECK(member(created, "from") == "unix");

  const Response used = f.post(secret_of(made), good_key);
  for (const char* event : {"link.used", "key.set"}) {
    CAPTURE(event);
    const std::string line = last_of(f.world, event);
    CHECK(member(line, "tenant") == "acme");
    CHECK(member(line, "provider") == "openai");
    CHECK(member(line, "who") == id);
    CHECK(member(line, "from") == "127.0.0.1");
    CHECK(member(line, "requestId") == used.header("X-Byok-Request-Id"));
  }
  CHECK(member(last_of(f.world, "link.used"), "link") == id);
  const std::string outcome = lines_of(f.world).back();
  CHECK(member(outcome, "result") == "done");

  const std::string other = f.order(R"({"tenant":"acme","provider":"openai"})").text("id");
  const std::string admin = f.world.make_token("default", "admin");
  CHECK(f.world.ask(admin, "DELETE", "/admin/links/" + other).status == 200);
  const std::string revoked = last_of(f.world, "link.revoked");
  CHECK(member(revoked, "link") == other);
  CHECK(member(revoked, "who").starts_with("tok_"));
  CHECK(run_byok(f.world, {"audit", "verify"}).code == 0);
  for (const char* event : {"link.created", "link.used", "link.revoked"}) {
    CHECK(f.world.byokd.log().find(event) != std::string::npos);
  }
}

TEST_CASE("without an audit log no link is made, used or revoked, and it stays open") {
  LinkWorld f;
  const Response made = f.order(R"({"tenant":"acme","provider":"openai"})");
  const std::string secret = secret_of(made);
  f.world.byokd.stop();
  fs::remove(log_of(f.world));
  fs::create_directory(log_of(f.world));
  f.world.byokd.start();
  for (const Response& refused :
       {f.order(R"({"tenant":"acme","provider":"openai"})"), f.post(secret, good_key),
        f.world.admin("DELETE", "/admin/links/" + made.text("id"))}) {
    CHECK(refused.status == 503);
    CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");
  }
  CHECK(f.get(secret).status == 200);
  CHECK(f.admin_link(made.text("id")).text("state") == "open");
  fs::remove(log_of(f.world));
  CHECK(f.post(secret, good_key).status == 200);
}

TEST_CASE("with a full database a link stays open, and can be revoked") {
  LinkWorld f({"map_size=1MiB"});
  const Response made = f.order(R"({"tenant":"acme","provider":"openai"})");
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += R"({"tenant":"t)" + std::to_string(i) + R"(","provider":"openai","apiKey":")" +
             make_key("sk-") + "\"}\n";
  }
  const Response filled =
      call(f.world.byokd.socket(), {.method = "POST",
                                    .target = "/admin/import",
                                    .headers = {{"Content-Type", "application/x-ndjson"}},
                                    .body = lines});
  REQUIRE(filled.body.find("STORE_FULL") != std::string::npos);
  for (const Response& refused :
       {f.post(secret_of(made), good_key), f.order(R"({"tenant":"acme","provider":"openai"})")}) {
    CHECK(refused.status == 503);
    CHECK(refused.text("error") == "STORE_FULL");
  }
  CHECK(f.get(secret_of(made)).status == 200);
  CHECK(f.stored_keys() == "[]");
  CHECK(f.world.admin("DELETE", "/admin/links/" + made.text("id")).status == 200);
  CHECK(f.admin_link(made.text("id")).text("state") == "revoked");
}

TEST_CASE("links outlast a restart and a reload, each in its state") {
  LinkWorld f;
  const std::string open = f.link();
  const std::string used = f.link();
  CHECK(f.post(used, good_key).status == 200);
  f.world.byokd.restart();
  CHECK(f.world.admin("GET", "/admin/status").text("links") == "2");
  CHECK(f.world.admin("GET", "/metrics").body.find("\nbyok_links 2\n") != std::string::npos);
  CHECK(f.get(used).text("error") == "LINK_USED");
  CHECK(f.get(open).status == 200);
  CHECK(f.world.admin("POST", "/admin/reload").status == 200);
  f.world.byokd.kill();
  f.world.byokd.start();
  CHECK(f.post(open, good_key).status == 200);
  CHECK(f.get(open).text("error") == "LINK_USED");
}
