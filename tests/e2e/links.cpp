// Links by which a customer hands over a key: their life, who may do what with them, and what is
// left of them where. What somebody does with them who can write the database is in
// links_tampering.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <map>

#include "common/token.hpp"
#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/link_world.hpp"
#include "tests/support/harness/secret_search.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

const std::string good_key = "sk-proj-0123456789abcdefghijklmnopqrstuv";

bool waits_for(const Response& refused, long least, long most) {
  const long seconds = std::stol("0" + refused.header("Retry-After"));
  return seconds >= least && seconds <= most;
}

}  // namespace

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

TEST_CASE("a link's secret reaches nothing else, and nothing else reaches /links") {
  LinkWorld f;
  f.world.put_key(f.acme, "openai", make_key("sk-proj-"));
  f.world.fake.forget_calls();
  const std::string secret = f.link();
  const std::string chat = chat_body("gpt-4o", "hi");
  for (const auto& [method, target] : {std::pair{"GET", "/ai/providers"},
                                       {"GET", "/ai/models"},
                                       {"POST", "/ai/chat"},
                                       {"POST", "/v1/chat/completions"},
                                       {"GET", "/v1/models"},
                                       {"POST", "/openai/v1/chat/completions"},
                                       {"GET", "/admin/links"},
                                       {"GET", "/admin/status"},
                                       {"GET", "/metrics"}}) {
    CAPTURE(target);
    const std::string body = method == std::string("POST") ? chat : "";
    CHECK(f.world.ask(secret, method, target, body).status == 401);
    CHECK(call(f.world.byokd.socket(),
               {.method = method, .target = target, .headers = bearer(secret), .body = body})
              .status == 401);
  }
  CHECK(call(f.world.byokd.tcp(), {.target = "/v1beta/models?key=" + secret}).status == 401);
  CHECK(f.world.fake.calls().empty());

  const Headers wrong_places[] = {{},
                                  {{"Cookie", "link=" + secret}},
                                  {{"x-api-key", secret}},
                                  {{"x-goog-api-key", secret}},
                                  {{"Authorization", "Basic " + secret}},
                                  {{"Authorization", "Bearer"}}};
  for (const Headers& headers : wrong_places) {
    CAPTURE(headers.size());
    for (const Address& address : {f.world.byokd.tcp(), f.world.byokd.socket()}) {
      for (const char* target : {"/links", "/links?link=", "/links?key="}) {
        const std::string whole = std::string(target) + (target[6] == '?' ? secret : "");
        const int status = call(address, {.target = whole, .headers = headers}).status;
        CHECK((status == 401 || status == 429));
      }
    }
  }
  LinkWorld other;
  const std::string admin = other.world.make_token("default", "admin");
  for (const std::string& token : {other.acme.token, other.acme.chat_token, admin}) {
    CHECK(other.get(token).status == 401);
    CHECK(other.post(token, good_key).status == 401);
  }
}

TEST_CASE("guessing is slowed down, and a right link passes all the while") {
  LinkWorld f;
  const std::string secret = f.link();
  const std::string unknown(byok::make_link_secret().reveal());
  int unauthorized = 0;
  int limited = 0;
  for (int i = 0; i < 30; ++i) {
    const Response refused = i % 2 == 0 ? f.get(unknown) : f.post("byoklink_nonsense", good_key);
    unauthorized += refused.status == 401;
    if (refused.status != 429) continue;
    ++limited;
    CHECK(refused.text("error") == "RATE_LIMITED");
    CHECK(waits_for(refused, 1, 6));
    CHECK(f.get(secret).status == 200);
  }
  CHECK(unauthorized >= 10);
  CHECK(unauthorized <= 12);  // of a slow run
  CHECK(limited == 30 - unauthorized);
  // Who comes from elsewhere, as by the socket, is not held up.
  CHECK(call(f.world.byokd.socket(), {.target = "/links", .headers = bearer(unknown)}).status ==
        401);
  CHECK(f.post(secret, good_key).status == 200);
}

TEST_CASE("a link tells of a few keys only which are good") {
  LinkWorld f;
  const std::string secret = f.link();
  int tried = 0;
  for (int i = 0; i < 20; ++i) {
    const Response answer = f.post(secret, make_key("sk-proj-bad-"));
    tried += answer.status == 422;
    if (answer.status == 422) continue;
    CHECK(answer.status == 429);
    CHECK(waits_for(answer, 1, 6));
  }
  CHECK(tried >= 10);
  CHECK(tried <= 12);
  CHECK(f.get(secret).status == 200);
  CHECK(f.post(f.link(), good_key).status == 200);
}

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
  CHECK(f.get(used).text("error") == "LINK_USED");
  CHECK(f.get(open).status == 200);
  CHECK(f.world.admin("POST", "/admin/reload").status == 200);
  f.world.byokd.kill();
  f.world.byokd.start();
  CHECK(f.post(open, good_key).status == 200);
  CHECK(f.get(open).text("error") == "LINK_USED");
}

TEST_CASE("a link's secret and its key stand in no file, no log and no answer") {
  LinkWorld f({"log.level=debug", "log.requests=true"});
  SecretSearch search;
  std::string answers;
  for (int i = 0; i < 8; ++i) {
    const std::string part = random_part();
    search.add("the key of link " + std::to_string(i), part);
    const std::string bad = random_part();
    search.add("the refused key of link " + std::to_string(i), bad);
    const Response made = f.order(R"({"tenant":"acme","provider":"openai","note":"n"})");
    const std::string secret = secret_of(made);
    search.add("the secret of link " + std::to_string(i), secret.substr(9));
    const std::string id = made.text("id");
    answers += f.get(secret).body;
    answers += f.post(secret, "sk-proj-bad-" + bad).body;
    answers += f.world.ask(secret, "POST", "/links", "{\"apiKey\":\"" + bad).body;
    answers += f.world.ask(secret, "GET", "/ai/providers").body;
    if (i % 2 == 0) answers += f.post(secret, "sk-proj-" + part + "....").body;
    answers += f.post(secret.substr(0, secret.size() - 1) + "_", "sk-proj-" + part).body;
    answers += f.admin_link(id).body;
    if (i % 4 == 1) answers += f.world.admin("DELETE", "/admin/links/" + id).body;
    answers += f.get(secret).body;
  }
  answers += f.world.admin("GET", "/admin/links").body;
  answers += f.world.admin("GET", "/metrics").body;
  CHECK(run_byok(f.world, {"compact"}).code == 0);
  f.world.byokd.stop();
  CHECK(f.world.byokd.log().find("link.used") != std::string::npos);
  CHECK(search.find(answers).empty());
  CHECK(search.find(f.world.byokd.log()).empty());
  for (const auto& entry : fs::recursive_directory_iterator(f.world.byokd.folder())) {
    if (!entry.is_regular_file()) continue;
    CAPTURE(entry.path().string());
    CHECK(search.find(read_file(entry.path())).empty());
  }
  f.world.byokd.start();
}

TEST_CASE("byok link makes, lists, shows and revokes links") {
  LinkWorld f;
  const Finished made = run_byok(
      f.world, {"--tenant", "acme", "link", "create", "--provider", "openai", "--note", "hello"});
  CAPTURE(made.err);
  CHECK(made.code == 0);
  CHECK(made.out.starts_with("https://keys.example.com/byok/settings#link=byoklink_"));
  CHECK(std::ranges::count(made.out, '\n') == 1);
  const std::string id = made.err.substr(made.err.find("lnk_"), 20);
  CHECK(made.err.find("tenant acme, provider openai") != std::string::npos);

  for (const std::vector<std::string>& words : {std::vector<std::string>{"link", "list"},
                                                {"--tenant", "acme", "link", "list"},
                                                {"link", "show", id}}) {
    const Finished told = run_byok(f.world, words);
    CHECK(told.code == 0);
    CHECK(told.out.find(id) != std::string::npos);
    CHECK(told.out.find("open") != std::string::npos);
    CHECK(told.out.find("hello") != std::string::npos);
  }
  CHECK(run_byok(f.world, {"--tenant", "default", "link", "list"}).out.find(id) ==
        std::string::npos);
  const Finished as_json = run_byok(f.world, {"--json", "link", "show", id});
  CHECK(as_json.out.starts_with("{\"id\":\"" + id + "\""));

  CHECK(run_byok(f.world, {"link", "revoke", id}).code == 0);
  CHECK(run_byok(f.world, {"link", "show", id}).out.find("revoked") != std::string::npos);
  CHECK(run_byok(f.world, {"link", "revoke", "lnk_0000000000000000"}).code == 5);
  CHECK(run_byok(f.world, {"link", "create"}).code == 2);
  CHECK(run_byok(f.world, {"link", "create", "--provider", "openai", "--expires", "soon"}).code ==
        2);
  CHECK(run_byok(f.world, {"--tenant", "nobody", "link", "create", "--provider", "openai"}).code ==
        5);
  // A link in the place of its id is not sent on, nor repeated.
  const std::string url = made.out.substr(0, made.out.size() - 1);
  for (const std::string& secret : {url, url.substr(url.find("byoklink_"))}) {
    const Finished refused = run_byok(f.world, {"link", "revoke", secret});
    CHECK(refused.code == 2);
    CHECK(refused.err.find("byoklink_") == std::string::npos);
  }
  Environment environment = clean_environment(f.world.byokd.folder());
  environment["BYOK_ADDR"] = "unix:" + f.world.byokd.socket().path;
  const Finished completed =
      run({program("byok"), "__complete", "bash", "link", "show", "l"}, environment);
  CHECK(completed.out == "words\n" + id + "\n");
}
