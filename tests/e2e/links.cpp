// Links by which a customer hands over a key: their life, and what they can be made for. Who else
// may do what with them is in links_secrecy.cpp, what is kept of them in links_records.cpp, what
// somebody does with them who can write the database in links_tampering.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <future>

#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/link_world.hpp"
#include "tests/e2e/reload_world.hpp"

using namespace byok::testing;

TEST_CASE("a link is made, shows what it is for, takes one key, and is over") {
  LinkWorld f;
  const Response made = f.order(
      R"({"tenant":"acme","provider":"openai","expires":"7d","note":"Example Ltd, für Chats"})");
  CAPTURE(made.body);
  CHECK(made.status == 201);
  const std::string url = made.text("url");
  const std::string start = "https://keys.example.com/byok/settings#link=byoklink_";
  CHECK(url.starts_with(start));
  CHECK(url.size() == start.size() + 43 + 6);
  const std::string id = made.text("id");
  CHECK(id.starts_with("lnk_"));
  CHECK(id.size() == 20);
  CHECK(made.text("tenant") == "acme");
  CHECK(made.text("provider") == "openai");
  CHECK(made.text("note") == "Example Ltd, für Chats");
  const std::string secret = secret_of(made);

  const Response shown = f.get(secret);
  CHECK(shown.body == R"({"tenant":"acme","provider":"openai","note":"Example Ltd, für Chats",)"
                      R"("expiresAt":")" +
                          made.text("expiresAt") + "\"}");
  CHECK(f.admin_link(id).text("state") == "open");
  CHECK(f.admin_link(id).text("usedAt") == "null");

  f.world.fake.forget_calls();
  const Response stored = f.post(secret, good_key);
  CHECK(stored.status == 200);
  CHECK(stored.body ==
        R"({"provider":"openai","stored":true,"verified":true,"maskedKey":"sk-pr...tuv"})");
  CHECK(f.world.fake.calls().size() == 1);  // the provider was asked
  CHECK(f.key_in_use() == sha256_hex(good_key));

  const Response after = f.admin_link(id);
  CHECK(after.text("state") == "used");
  CHECK(after.text("usedAt").ends_with("Z"));
  CHECK(after.text("revokedAt") == "null");
  for (const Response& again : {f.get(secret), f.post(secret, make_key("sk-proj-"))}) {
    CHECK(again.status == 410);
    CHECK(again.text("error") == "LINK_USED");
    CHECK(again.text("message").find("ask for a new link") != std::string::npos);
  }
  CHECK(f.key_in_use() == sha256_hex(good_key));
  const Response late = f.world.admin("DELETE", "/admin/links/" + id);
  CHECK(late.status == 410);
  CHECK(late.text("error") == "LINK_USED");
}

TEST_CASE("a key that the provider refuses, or cannot tell of, leaves the link open") {
  LinkWorld f;
  const std::string secret = f.link();
  const Response rejected = f.post(secret, make_key("sk-proj-bad-"));
  CHECK(rejected.status == 422);
  CHECK(rejected.text("error") == "KEY_REJECTED");
  f.world.fake.script(R"([{"status":503,"body":"{}"}])");
  const Response untold = f.post(secret, good_key);
  CHECK(untold.status == 502);
  CHECK(untold.text("error") == "PROVIDER_UNREACHABLE");
  CHECK(f.post(secret, "short").text("error") == "INVALID_KEY");
  CHECK(f.world.ask(secret, "POST", "/links", "{}").text("error") == "INVALID_KEY");
  CHECK(f.world.ask(secret, "POST", "/links", "[]").text("error") == "INVALID_JSON");
  CHECK(f.world.ask(secret, "GET", "/links?link=x").status == 400);
  CHECK(f.stored_keys() == "[]");
  CHECK(f.get(secret).status == 200);
  const Response limited = f.post(secret, make_key("sk-proj-limited-"));
  CHECK(limited.status == 200);
  CHECK(limited.text("verified") == "restricted");
  CHECK(f.world.ask(f.acme.token, "GET", "/ai/providers").text("providers/0/status") ==
        "restricted");
}

TEST_CASE("a link replaces a key that is there, under a new data key") {
  LinkWorld f;
  f.world.put_key(f.acme, "openai", make_key("sk-proj-"));
  const auto version = f.world.dek_version("acme", "openai");
  CHECK(f.post(f.link(), good_key).status == 200);
  CHECK(f.world.dek_version("acme", "openai") == version + 1);
  CHECK(f.key_in_use() == sha256_hex(good_key));
}

TEST_CASE("of many who use a link at once one wins, and the others are told that it is used") {
  LinkWorld f;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    const std::string secret = f.link();
    constexpr std::size_t users = 6;
    std::vector<std::string> keys;
    std::vector<std::future<Response>> answers;
    for (std::size_t i = 0; i < users; ++i) keys.push_back(make_key("sk-proj-"));
    for (const std::string& key : keys) {
      answers.push_back(
          std::async(std::launch::async, [&f, &secret, &key] { return f.post(secret, key); }));
    }
    std::size_t winner = users;
    std::size_t winners = 0;
    for (std::size_t i = 0; i < users; ++i) {
      const Response answer = answers[i].get();
      if (answer.status == 200) {
        winner = i;
        ++winners;
      } else {
        CHECK(answer.text("error") == "LINK_USED");
      }
    }
    CHECK(winners == 1);
    REQUIRE(winner < users);
    CHECK(f.key_in_use() == sha256_hex(keys[winner]));
  }
}

TEST_CASE("a link expires, is revoked, and goes with its tenant") {
  LinkWorld f;
  const Response brief = f.order(R"({"tenant":"acme","provider":"openai","expires":"1s"})");
  CHECK(eventually([&] { return f.get(secret_of(brief)).status == 410; }));
  const Response late = f.post(secret_of(brief), good_key);
  CHECK(late.status == 410);
  CHECK(late.text("error") == "LINK_EXPIRED");
  CHECK(f.admin_link(brief.text("id")).text("state") == "expired");

  const Response made = f.order(R"({"tenant":"acme","provider":"openai"})");
  const std::string id = made.text("id");
  for (int i = 0; i < 2; ++i) {  // the second finds it as it is to be
    const Response revoked = f.world.admin("DELETE", "/admin/links/" + id);
    CHECK(revoked.body == "{\"id\":\"" + id + "\",\"revoked\":true}");
  }
  CHECK(count_of(lines_of(f.world), "link.revoked") == 1);
  CHECK(f.admin_link(id).text("state") == "revoked");
  CHECK(f.get(secret_of(made)).text("error") == "LINK_REVOKED");
  const Response refused = f.post(secret_of(made), good_key);
  CHECK(refused.status == 410);
  CHECK(refused.text("error") == "LINK_REVOKED");
  CHECK(f.world.admin("DELETE", "/admin/links/lnk_0000000000000000").status == 404);
  CHECK(f.admin_link("lnk_0000000000000000").status == 404);

  const std::string orphan = f.link();
  CHECK(f.world.admin("DELETE", "/admin/tenants/acme").status == 200);
  CHECK(f.get(orphan).status == 401);
  f.world.make_tenant("acme");
  CHECK(f.post(orphan, good_key).status == 401);
  CHECK(f.world.admin("GET", "/admin/links").body == R"({"links":[]})");
  CHECK(f.stored_keys() == "[]");
}

TEST_CASE("a link asks for what can be made: settings, tenant, provider, times, note") {
  struct Case {
    std::string_view name;
    std::string body;
    int status;
    const char* error;
  };
  const Case cases[] = {
      {"no tenant", R"({"provider":"openai"})", 400, "INVALID_TENANT"},
      {"another tenant", R"({"tenant":"nobody","provider":"openai"})", 404, "TENANT_NOT_FOUND"},
      {"no provider", R"({"tenant":"acme"})", 400, "UNKNOWN_PROVIDER"},
      {"another provider", R"({"tenant":"acme","provider":"nobody"})", 400, "UNKNOWN_PROVIDER"},
      {"no time", R"({"tenant":"acme","provider":"openai","expires":"0s"})", 400, "BAD_REQUEST"},
      {"too long", R"({"tenant":"acme","provider":"openai","expires":"31d"})", 400, "BAD_REQUEST"},
      {"a number", R"({"tenant":"acme","provider":"openai","expires":7})", 400, "BAD_REQUEST"},
      {"a long note",
       R"({"tenant":"acme","provider":"openai","note":")" + std::string(257, 'n') + "\"}", 400,
       "BAD_REQUEST"},
      {"a note of lines", R"({"tenant":"acme","provider":"openai","note":"a\nb"})", 400,
       "BAD_REQUEST"},
      {"a key", R"({"tenant":"acme","provider":"openai","apiKey":"sk-1"})", 400, "BAD_REQUEST"},
  };
  LinkWorld f;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Response refused = f.order(c.body);
    CHECK(refused.status == c.status);
    CHECK(refused.text("error") == c.error);
  }
  CHECK(f.world.admin("GET", "/admin/links").body == R"({"links":[]})");

  for (const auto& [setting, missing] : {std::pair{"public_url=https://a.example", "set ui"},
                                         {"ui=true", "set public_url"},
                                         {"drain_timeout=1s", "set public_url"}}) {
    CAPTURE(setting);
    World bare({setting});
    bare.make_tenant("acme");
    const Response refused =
        bare.admin("POST", "/admin/links", R"({"tenant":"acme","provider":"openai"})");
    CHECK(refused.status == 400);
    CHECK(refused.text("message").find(missing) != std::string::npos);
  }
}

TEST_CASE("a link whose provider is gone from the settings says so before a key is fetched") {
  LinkWorld f;
  configure(f.world, "[provider.other]\nbase_url = \"" + f.world.fake.base_url() +
                         "\"\nformat = \"openai\"\n");
  REQUIRE(reload(f.world).status == 200);
  const std::string secret = secret_of(f.order(R"({"tenant":"acme","provider":"other"})"));
  CHECK(f.get(secret).text("provider") == "other");
  configure(f.world, "");
  REQUIRE(reload(f.world).status == 200);
  for (const Response& refused : {f.get(secret), f.post(secret, good_key)}) {
    CHECK(refused.status == 400);
    CHECK(refused.text("error") == "UNKNOWN_PROVIDER");
  }
}

TEST_CASE("links are listed by pages, of all tenants or of one") {
  LinkWorld f;
  f.world.make_tenant("beta");
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const char* tenant = i < 3 ? "acme" : "beta";
    ids.push_back(
        f.order(std::string(R"({"provider":"gemini","tenant":")") + tenant + "\"}").text("id"));
  }
  const auto listed = [&f](const std::string& query) {
    std::vector<std::string> found;
    std::string after;
    for (int pages = 0; pages < 9; ++pages) {
      const Response page = f.world.admin("GET", "/admin/links?limit=2" + query + after);
      CHECK(page.status == 200);
      const auto answer = page.json();
      for (const auto& link : answer.as_object().at("links").as_array()) {
        found.emplace_back(link.as_object().at("id").as_string());
      }
      if (page.text("next").empty()) break;
      after = "&after=" + page.text("next");
    }
    return found;
  };
  std::vector<std::string> acme(ids.begin(), ids.begin() + 3);
  std::ranges::sort(ids);
  std::ranges::sort(acme);
  CHECK(listed("") == ids);
  CHECK(listed("&tenant=acme") == acme);
  CHECK(f.world.admin("GET", "/admin/links?tenant=nobody").status == 404);
  CHECK(f.world.admin("GET", "/admin/links?tenant=No").status == 400);
  CHECK(f.world.admin("GET", "/admin/links?after=byoklink_x").status == 400);
}
