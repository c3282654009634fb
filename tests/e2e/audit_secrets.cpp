// What callers bring with them and the audit log must not take: secrets, and room without end.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/e2e/audit_lines.hpp"
#include "tests/support/harness/size.hpp"

using namespace byok::testing;

namespace {

// Nothing of a secret in any file of the log, not even eight characters in a row.
void check_that_none_is_in(const std::string& text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    REQUIRE(secret.size() >= 16);
    for (std::size_t at = 0; at + 8 <= secret.size(); ++at) {
      const std::string part = secret.substr(at, 8);
      // What every token or key begins with is no secret.
      if (part.find("byok") != part.npos || part.find("sk-") != part.npos) continue;
      CHECK_MESSAGE(text.find(part) == text.npos, "a secret's characters from " << at);
    }
  }
}

}  // namespace

TEST_CASE("no line holds anything of a key or a token, whatever was done with them") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  std::vector<std::string> secrets = {acme.token, acme.chat_token};
  const auto new_key = [&] { return secrets.emplace_back(make_key("sk-proj-")); };
  const std::string base = "/ai/providers/openai";
  const auto body = [](const std::string& key) { return R"({"apiKey":")" + key + R"("})"; };

  world.put_key(acme, "openai", new_key());
  CHECK(world.ask(acme.token, "POST", base + "/rotate", body(new_key())).status == 200);
  CHECK(world.ask(acme.token, "POST", base + "/rotate").status == 200);
  CHECK(world.ask(acme.token, "DELETE", base).status == 200);
  CHECK(world.ask(acme.token, "DELETE", base + "?key=" + new_key()).status == 400);
  CHECK(world.ask(acme.token, "DELETE", base).status == 404);
  CHECK(world.ask(acme.token, "PUT", "/ai/providers/" + new_key(), body(new_key())).status >= 400);
  CHECK(world.ask(acme.token, "PUT", base, R"({"apikey":")" + new_key() + R"("})").status == 400);

  const Response made = world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"ci"})");
  secrets.push_back(made.text("token"));
  // By its text instead of its id.
  CHECK(world.admin("DELETE", "/admin/tokens/" + made.text("token")).status == 404);
  CHECK(world.admin("DELETE", "/admin/tokens/" + made.text("id")).status == 200);
  CHECK(world.ask(made.text("token"), "GET", "/ai/providers").status == 401);

  const std::string line = R"({"tenant":"beta","provider":"openai","apiKey":")" + new_key() +
                           R"(","token":{"name":"ci"}})" + "\n";
  const Response imported = call(world.byokd.socket(), {"POST",
                                                        "/admin/import",
                                                        {{"Content-Type", "application/x-ndjson"}},
                                                        line + "{\"" + new_key() + "\n"});
  CHECK(imported.status == 200);
  const std::size_t at = imported.body.find("byok_");
  REQUIRE(at != imported.body.npos);
  secrets.push_back(imported.body.substr(at, imported.body.find('"', at) - at));

  // Refused, wherever the credential stood.
  CHECK(world.ask("byok_" + new_key(), "GET", "/ai/providers").status == 401);
  CHECK(world.ask(new_key(), "POST", "/v1/chat/completions", "{}").status == 401);
  CHECK(
      call(world.byokd.tcp(), {"POST", "/v1/messages", {{"x-api-key", new_key()}}, "{}"}).status ==
      401);
  CHECK(call(world.byokd.tcp(), {"GET", "/v1beta/models?key=" + new_key(), {}, {}}).status == 401);
  CHECK(world.ask(acme.token, "GET", "/ai/providers", "", {{"X-Byok-Tenant", new_key()}}).status >=
        400);

  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
  world.byokd.stop();
  CHECK(count_of(lines_of(world), "authentication.refused") == 1);
  check_that_none_is_in(read_file(log_of(world)), secrets);
}

TEST_CASE("a flood of refused authentications takes one line, and holds up no change") {
  World world;
  const Tenant acme = world.make_tenant("acme");
  constexpr int connections = 8;
  const int each = sized(500, 5'000);
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      Connection connection(world.byokd.tcp());
      for (int j = 0; j < each; ++j) {
        // As many different sources as it likes to say.
        const Headers said = {{"Authorization", "Bearer nobody" + std::to_string(j)},
                              {"X-Forwarded-For", "10.0.0." + std::to_string(j % 256)}};
        refused += connection.exchange({"GET", "/ai/providers", said, {}}).status == 401;
      }
    });
  }
  int changes = 0;
  do {
    world.put_key(acme, "openai", make_key("sk-"));
    ++changes;
  } while (refused < connections * each / 2);
  for (std::thread& thread : threads) thread.join();
  CHECK(refused == connections * each);
  CHECK(count_of(lines_of(world), "key.set") == static_cast<std::size_t>(changes));
  world.byokd.stop();

  const auto lines = lines_of(world);
  // At most one a minute and source; the rest of the minute's when it stops.
  CHECK(count_of(lines, "authentication.refused") <= 2);
  std::uint64_t told = 0;
  for (const std::string& line : lines) {
    if (member(line, "event") != "authentication.refused") continue;
    CHECK(member(line, "from") == "127.0.0.1");
    told += std::stoull(member(line, "times"));
  }
  CHECK(told == static_cast<std::uint64_t>(connections * each));
}
