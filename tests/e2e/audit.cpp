// The audit log: a line for each change, none of a secret, and no change without its line.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <functional>

#include "tests/e2e/audit_lines.hpp"

using namespace byok::testing;

namespace {

TEST_CASE("each change has its line: what, who, from where, for which request") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  struct Case {
    const char* event;
    std::function<Response()> call;
    bool by_tenant;
  };
  const std::string key = R"({"apiKey":")" + make_key("sk-") + R"("})";
  const Case cases[] = {
      {"key.set", [&] { return world.ask(acme.token, "PUT", "/ai/providers/openai", key); }, true},
      {"key.rotated", [&] { return world.ask(acme.token, "POST", "/ai/providers/openai/rotate"); },
       true},
      {"key.deleted", [&] { return world.ask(acme.token, "DELETE", "/ai/providers/openai"); },
       true},
      {"tenant.created", [&] { return world.admin("POST", "/admin/tenants", R"({"id":"beta"})"); },
       false},
      {"tenant.changed",
       [&] { return world.admin("PATCH", "/admin/tenants/beta", R"({"globalFallback":false})"); },
       false},
      {"token.created",
       [&] { return world.admin("POST", "/admin/tenants/beta/tokens", R"({"name":"ci"})"); },
       false},
      {"tenant.deleted", [&] { return world.admin("DELETE", "/admin/tenants/beta"); }, false},
  };
  for (const Case& each : cases) {
    CAPTURE(each.event);
    const Response done = each.call();
    CHECK(done.status / 100 == 2);
    const std::string line = last_of(world, each.event);
    REQUIRE_FALSE(line.empty());
    CHECK(member(line, "result") == "begun");
    CHECK(member(line, "requestId") == done.header("X-Byok-Request-Id"));
    CHECK(member(line, "from") == (each.by_tenant ? "127.0.0.1" : "unix"));
    CHECK(member(line, "who").starts_with(each.by_tenant ? "tok_" : "uid "));
    const std::string outcome = lines_of(world).back();
    CHECK(member(outcome, "event") == "outcome");
    CHECK(member(outcome, "result") == "done");
    CHECK(member(outcome, "last") == member(line, "seq"));
  }
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
}

TEST_CASE("what is refused changes nothing, and has no line") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  const std::size_t before = lines_of(world).size();
  CHECK(world.ask(acme.token, "DELETE", "/ai/providers/openai").status == 404);
  CHECK(world.ask(acme.token, "PUT", "/ai/providers/openai", R"({"apiKey":"x"})").status == 400);
  CHECK(world.admin("POST", "/admin/tenants", R"({"id":"acme"})").status == 409);
  CHECK(lines_of(world).size() == before);
}

TEST_CASE("an import and a rotation of all tell of each tenant and key, and once only") {
  World world;
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += R"({"tenant":"t)" + std::to_string(i) + R"(","provider":"openai","apiKey":")" +
             make_key("sk-") + "\",\"token\":{\"name\":\"ci\"}}\n";
  }
  for (int round = 0; round < 2; ++round) {
    CHECK(run_byok(world, {"import", "-"}, lines).code == 0);
    CHECK(count_of(lines_of(world), "tenant.imported") == 300);
  }
  CHECK(run_byok(world, {"rotate", "--all"}).code == 0);
  CHECK(count_of(lines_of(world), "key.rotated") == 300);
  const Finished verified = run_byok(world, {"audit", "verify"});
  CHECK(verified.code == 0);
  CHECK(verified.err.find("lines 1 to " + std::to_string(lines_of(world).size())) !=
        std::string::npos);
}

TEST_CASE("without an audit log nothing is changed, and calls go on") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "openai", make_key("sk-"));
  const Response token = world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"old"})");
  world.byokd.stop();
  std::filesystem::remove(log_of(world));
  std::filesystem::create_directory(log_of(world));
  world.byokd.start();

  const std::uint64_t version = world.dek_version("acme", "openai");
  const std::string key = R"({"apiKey":")" + make_key("sk-") + R"("})";
  const std::function<Response()> changes[] = {
      [&] { return world.ask(acme.token, "PUT", "/ai/providers/openai", key); },
      [&] { return world.ask(acme.token, "POST", "/ai/providers/openai/rotate"); },
      [&] { return world.ask(acme.token, "DELETE", "/ai/providers/openai"); },
      [&] { return world.admin("POST", "/admin/tenants", R"({"id":"beta"})"); },
      [&] { return world.admin("DELETE", "/admin/tenants/acme"); },
      [&] { return world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"new"})"); },
      [&] { return world.admin("DELETE", "/admin/tokens/" + token.text("id")); },
  };
  for (const auto& change : changes) {
    const Response refused = change();
    CHECK(refused.status == 503);
    CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");
    CHECK(refused.text("message").find(log_of(world).string()) != std::string::npos);
  }
  CHECK(world.dek_version("acme", "openai") == version);
  CHECK(world.ask(token.text("token"), "GET", "/ai/providers").status == 200);
  CHECK(world.admin("GET", "/admin/tenants/beta").status == 404);
  CHECK(world.ask(acme.token, "POST", "/ai/chat", chat_body("gpt-4o-mini", "hello")).status == 200);
  CHECK(world.admin("GET", "/admin/status").text("audit/trouble").find("audit.log") !=
        std::string::npos);

  std::filesystem::remove(log_of(world));
  CHECK(world.ask(acme.token, "PUT", "/ai/providers/openai", key).status == 200);
  CHECK(world.admin("GET", "/admin/status").text("audit/trouble") == "null");
  CHECK(member(lines_of(world).front(), "event") == "audit.continued");
}

TEST_CASE("/dev/full as audit log refuses changes too") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  world.put_key(acme, "openai", make_key("sk-"));
  world.byokd.stop();
  Process other(world.byokd.command({"audit.file=/dev/full"}), world.byokd.environment());
  REQUIRE(other.wait_for_line("listening on unix:").has_value());
  const Response refused = world.admin("POST", "/admin/tenants", R"({"id":"beta"})");
  CHECK(refused.status == 503);
  CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");
  CHECK(world.admin("GET", "/admin/tenants/acme").status == 200);
  other.signal(SIGTERM);
  CHECK(other.wait() == 0);
  world.byokd.start();
}

TEST_CASE("what was done to the log is told by `byok audit verify`, with the place") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  for (int i = 0; i < 3; ++i) world.put_key(acme, "openai", make_key("sk-"));
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
  std::string text = read_file(log_of(world));
  const std::size_t at = text.find("key.set");
  text.replace(at, 7, "key.get");
  write_file(log_of(world), text);
  const Finished verified = run_byok(world, {"audit", "verify"});
  CHECK(verified.code == 1);
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  CHECK(verified.out.find("audit.log") != std::string::npos);
  CHECK(verified.out.find(std::to_string(line)) != std::string::npos);
  CHECK(verified.out.find("was changed") != std::string::npos);
}

TEST_CASE("a log cut short while byokd was down is told at its start, and stays told") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  for (int i = 0; i < 3; ++i) world.put_key(acme, "openai", make_key("sk-"));
  world.byokd.stop();
  std::string text = read_file(log_of(world));
  text.resize(text.find('\n') + 1);
  write_file(log_of(world), text);
  world.byokd.start();
  CHECK_FALSE(last_of(world, "audit.lines_missing").empty());
  CHECK(run_byok(world, {"audit", "verify"}).code == 1);
}

TEST_CASE("SIGHUP opens the log by its name again, for whoever moves it away") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  const std::filesystem::path moved = log_of(world).native() + ".0000000000000001";
  std::filesystem::rename(log_of(world), moved);
  ::kill(world.byokd.pid(), SIGHUP);
  CHECK(eventually([&] { return std::filesystem::exists(log_of(world)); }));
  world.put_key(acme, "openai", make_key("sk-"));
  CHECK_FALSE(last_of(world, "key.set").empty());
  const Finished verified = run_byok(world, {"audit", "verify"});
  CHECK(verified.code == 0);
  CHECK(verified.err.find("in 2 files") != std::string::npos);
}

TEST_CASE("`byok audit tail` prints the last lines as they stand") {
  World world;
  world.make_tenant("acme");
  const Finished printed = run_byok(world, {"audit", "tail", "-n", "2"});
  CHECK(printed.code == 0);
  const std::vector<std::string> lines = lines_of(world);
  CHECK(printed.out == lines[lines.size() - 2] + "\n" + lines.back() + "\n");
}

TEST_CASE("the audit log is for operators") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  for (const char* target : {"/admin/audit", "/admin/audit/verify"}) {
    CHECK(world.ask(acme.token, "GET", target).status == 403);
    CHECK(world.ask("", "GET", target).status == 401);
    CHECK(world.admin("GET", target).status == 200);
  }
  CHECK(world.admin("GET", "/admin/audit?limit=0").status == 400);
}

}  // namespace
