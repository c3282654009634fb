// A disk that the audit log has no more room on: nothing is changed that cannot be told, what frees
// space still works and is told, calls go on.
#include <doctest/doctest.h>

#include <functional>

#include "tests/e2e/audit_lines.hpp"
#include "tests/support/small_disk.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  SmallDisk disk{"2000k"};  // the log's reserve of 1 MiB, and not twice as much
  fs::path log = disk / "audit.log";
  World world{{"audit.file=" + log.string()}};
  Tenant acme = world.make_tenant("acme");

  std::string new_key() const { return R"({"apiKey":")" + make_key("sk-") + R"("})"; }
  Response set(const char* provider = "openai") const {
    return world.ask(acme.token, "PUT", std::string("/ai/providers/") + provider, new_key());
  }
  // Fills the disk, and then what it had given the log already.
  void fill() const {
    disk.fill();
    for (int i = 0; i < 1000; ++i) {
      if (set().status != 200) return;
    }
    FAIL("the disk was never full");
  }
  Response chat() const {
    return world.ask(acme.token, "POST", "/ai/chat", chat_body("gpt-4o-mini", "hello"));
  }
  bool audited(const char* event, const Response& answer) const {
    const auto lines = lines_of(log);
    const std::string line = last_of(lines, event);
    return !line.empty() && member(line, "requestId") == answer.header("X-Byok-Request-Id") &&
           member(lines.back(), "event") == "outcome" && member(lines.back(), "result") == "done" &&
           member(lines.back(), "last") == member(line, "seq");
  }
};

void check_that_changes_are_refused(const Fixture& f) {
  const World& world = f.world;
  const auto before = lines_of(f.log);
  const std::uint64_t version = world.dek_version("acme", "openai");
  const std::string import =
      R"({"tenant":"beta","provider":"openai","apiKey":")" + make_key("sk-") + "\"}\n";
  const std::function<Response()> changes[] = {
      [&] { return f.set(); },
      [&] { return f.set("anthropic"); },
      [&] { return world.ask(f.acme.token, "POST", "/ai/providers/openai/rotate"); },
      [&] { return world.ask(f.acme.token, "POST", "/ai/providers/openai/rotate", f.new_key()); },
      [&] { return world.admin("POST", "/admin/tenants", R"({"id":"beta"})"); },
      [&] { return world.admin("PATCH", "/admin/tenants/acme", R"({"globalFallback":false})"); },
      [&] { return world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"new"})"); },
  };
  for (const auto& change : changes) {
    const Response refused = change();
    CAPTURE(refused.body);
    CHECK(refused.status == 503);
    CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");
    CHECK(refused.text("message").find(f.log.string()) != std::string::npos);
  }
  CHECK(world.admin("POST", "/admin/rotate", "{}").body.find("AUDIT_UNAVAILABLE") !=
        std::string::npos);
  const Finished imported = run_byok(world, {"import", "-"}, import);
  CHECK(imported.code == 1);
  CHECK((imported.out + imported.err).find("the audit log") != std::string::npos);
  CHECK(lines_of(f.log) == before);
  CHECK(world.dek_version("acme", "openai") == version);
  CHECK(world.admin("GET", "/admin/tenants/beta").status == 404);
  CHECK(world.admin("GET", "/admin/tenants/acme").text("globalFallback") == "true");
  CHECK(world.admin("GET", "/admin/status").text("audit/trouble").find("No space") !=
        std::string::npos);
  CHECK(f.chat().status == 200);
}

}  // namespace

TEST_CASE("with a full disk deletions and revocations are made and told, and nothing else is") {
  Fixture f;
  if (!f.disk.mounted()) return;
  const World& world = f.world;
  REQUIRE(f.set("anthropic").status == 200);
  REQUIRE(f.set("openai").status == 200);
  const Response token = world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"old"})");
  REQUIRE(world.admin("POST", "/admin/tenants", R"({"id":"gamma"})").status == 201);
  f.fill();
  check_that_changes_are_refused(f);

  const Response deleted = world.ask(f.acme.token, "DELETE", "/ai/providers/anthropic");
  CHECK(deleted.status == 200);
  CHECK(f.audited("key.deleted", deleted));
  const Response revoked = world.admin("DELETE", "/admin/tokens/" + token.text("id"));
  CHECK(revoked.status == 200);
  CHECK(f.audited("token.revoked", revoked));
  CHECK(world.ask(token.text("token"), "GET", "/ai/providers").status == 401);
  const Response removed = world.admin("DELETE", "/admin/tenants/gamma");
  CHECK(removed.status == 200);
  CHECK(f.audited("tenant.deleted", removed));
  check_that_changes_are_refused(f);
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);

  // Room again: no restart is needed.
  f.disk.make_room();
  CHECK(f.set().status == 200);
  CHECK(world.admin("GET", "/admin/status").text("audit/trouble") == "null");
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
}

TEST_CASE("a start on a full disk keeps the reserve, and tells of itself once there is room") {
  Fixture f;
  if (!f.disk.mounted()) return;
  REQUIRE(f.set("anthropic").status == 200);
  REQUIRE(f.set("openai").status == 200);
  f.fill();
  f.world.byokd.kill();
  f.world.byokd.start();
  check_that_changes_are_refused(f);
  const Response deleted = f.world.ask(f.acme.token, "DELETE", "/ai/providers/anthropic");
  CHECK(deleted.status == 200);
  CHECK(f.audited("key.deleted", deleted));
  f.disk.make_room();
  CHECK(f.set().status == 200);
  // Before all else of its run, though the disk was full then.
  const auto lines = lines_of(f.log);
  CHECK(count_of(lines, "byokd.started") == 2);
  CHECK(std::stoull(member(last_of(lines, "byokd.started"), "seq")) <
        std::stoull(member(last_of(lines, "key.deleted"), "seq")));
  CHECK(run_byok(f.world, {"audit", "verify"}).code == 0);
}

TEST_CASE("deletions that use up the reserve are refused like the rest, and nothing is half told") {
  Fixture f;
  if (!f.disk.mounted()) return;
  constexpr int tenants = 1'500;
  const auto name_of = [](int i) { return "t" + std::to_string(i % tenants); };
  std::string import;
  for (int i = 0; i < tenants; ++i) {
    import += R"({"tenant":")" + name_of(i) + R"(","provider":"openai","apiKey":")" +
              make_key("sk-") + "\"}\n";
  }
  REQUIRE(run_byok(f.world, {"import", "-"}, import).code == 0);
  f.fill();
  // Each tenant's key, then each tenant.
  Connection connection(f.world.byokd.socket());
  const auto remove = [&](int i) {
    Request request{.method = "DELETE", .target = "/admin/tenants/" + name_of(i)};
    if (i < tenants) {
      request.target = "/ai/providers/openai";
      request.headers = {{"X-Byok-Tenant", name_of(i)}};
    }
    return connection.exchange(request);
  };
  int deleted = 0;
  Response answer = remove(deleted);
  while (answer.status == 200 && deleted + 1 < 2 * tenants) answer = remove(++deleted);
  MESSAGE(deleted << " deletions on the reserve");
  REQUIRE(deleted > tenants);
  CHECK(answer.status == 503);
  CHECK(answer.text("error") == "AUDIT_UNAVAILABLE");
  CHECK(f.world.admin("GET", "/admin/tenants/" + name_of(deleted)).status == 200);
  CHECK(f.world.admin("GET", "/admin/tenants/" + name_of(deleted - 1)).status == 404);
  CHECK(f.chat().status == 200);
  CHECK(run_byok(f.world, {"audit", "verify"}).code == 0);
  f.disk.make_room();
  CHECK(remove(deleted).status == 200);
  CHECK(run_byok(f.world, {"audit", "verify"}).code == 0);
}

TEST_CASE("where log and database share a full disk, what frees space is made and told") {
  SmallDisk disk("6m");
  if (!disk.mounted()) return;
  const World world({"state_dir=" + (disk / "state").string()});
  const fs::path log = disk / "state/audit.log";
  const Tenant acme = world.make_tenant("acme");
  constexpr int tenants = 100;
  std::string import;
  for (int i = 0; i < tenants; ++i) {
    import += R"({"tenant":"t)" + std::to_string(i) + R"(","provider":"openai","apiKey":")" +
              make_key("sk-") + "\"}\n";
  }
  REQUIRE(run_byok(world, {"import", "-"}, import).code == 0);
  disk.fill();
  const auto set = [&] {
    return world.ask(acme.token, "PUT", "/ai/providers/openai",
                     R"({"apiKey":")" + make_key("sk-") + R"("})");
  };
  Response refused = set();
  for (int i = 0; i < 5'000 && refused.status == 200; ++i) refused = set();
  CHECK(refused.status == 503);
  CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");

  for (int i = 0; i < tenants; ++i) {
    CAPTURE(i);
    const std::string id = "t" + std::to_string(i);
    CHECK(world.admin("DELETE", "/ai/providers/openai", "", id).status == 200);
    CHECK(world.admin("DELETE", "/admin/tenants/" + id).status == 200);
  }
  CHECK(count_of(lines_of(log), "key.deleted") == tenants);
  CHECK(count_of(lines_of(log), "tenant.deleted") == tenants);
  CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("gpt-4o-mini", "hello")).status == 200);
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
  disk.make_room();
  CHECK(set().status == 200);
}
