// A link's secret: what it reaches and what not, who is slowed down with it, and that it stands
// nowhere.
#include <doctest/doctest.h>

#include "common/token.hpp"
#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/link_world.hpp"
#include "tests/support/harness/secret_search.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

bool waits_for(const Response& refused, long least, long most) {
  const long seconds = std::stol("0" + refused.header("Retry-After"));
  return seconds >= least && seconds <= most;
}

}  // namespace

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
