// What operators do: tenants and tokens come and go, files are imported, everything is listed; and
// the upkeep of the whole, which is done less often.
#include <signal.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <sstream>

#include "tests/e2e/soak/stage.hpp"

namespace byok::testing::soak {
namespace {

namespace json = boost::json;

Response admin(Hand& hand, const std::string& method, const std::string& target,
               const std::string& body = "") {
  return hand.exchange({.method = method, .target = target, .headers = bearer(""), .body = body});
}

Response look(Hand& hand, const std::string& target, const std::string& holds) {
  Response response = admin(hand, "GET", target);
  expect(response, 200, target);
  expect(response.body.find(holds) != std::string::npos, response, target + " without " + holds);
  return response;
}

Response chat(Hand& hand, const std::string& token) {
  return hand.exchange({.method = "POST",
                        .target = "/v1/chat/completions",
                        .headers = bearer(token),
                        .body = chat_body("gpt-whoami", "who am I?")});
}

void expect_chat(Hand& hand, const std::string& token, const std::string& key) {
  const Response response = chat(hand, token);
  expect(response, 200, "chat");
  expect(names(response, sha256_hex(key)), response, "made with another key");
}

Response new_token(Hand& hand, const std::string& tenant, const std::string& scope) {
  Response made = admin(hand, "POST", "/admin/tenants/" + tenant + "/tokens",
                        R"({"scope":")" + scope + R"(","name":"soak"})");
  expect(made, 201, "a new token");
  return made;
}

void tenant_comes_and_goes(Stage&, Hand& hand) {
  const std::string id = "visitor-" + random_text(16);
  const std::string path = "/admin/tenants/" + id;
  const std::string order = R"({"id":")" + id + R"("})";
  const std::string key = make_key("sk-proj-");
  expect(admin(hand, "POST", "/admin/tenants", order), 201, "a new tenant");
  expect(admin(hand, "POST", "/admin/tenants", order), 409, "the tenant again");
  const Response full = new_token(hand, id, "full");
  const Response narrow = new_token(hand, id, "chat");
  expect(chat(hand, full.text("token")), 422, "chat without a key");
  expect(hand.exchange({.method = "PUT",
                        .target = "/ai/providers/openai",
                        .headers = bearer(full.text("token")),
                        .body = key_body(key)}),
         200, "a key");
  expect_chat(hand, full.text("token"), key);
  expect_chat(hand, narrow.text("token"), key);
  expect(admin(hand, "PATCH", path, R"({"globalFallback":false})"), 200, "PATCH");
  look(hand, path, narrow.text("id"));
  expect(admin(hand, "DELETE", "/admin/tokens/" + narrow.text("id")), 200, "revoke");
  expect(admin(hand, "DELETE", "/admin/tokens/" + narrow.text("id")), 404, "revoke again");
  expect(chat(hand, narrow.text("token")), 401, "chat with a revoked token");
  expect_chat(hand, full.text("token"), key);
  expect(admin(hand, "DELETE", path), 200, "delete");
  expect(chat(hand, full.text("token")), 401, "chat of a deleted tenant");
  expect(admin(hand, "GET", path), 404, "the deleted tenant");
}

void import(Stage&, Hand& hand) {
  const std::string ids[] = {"imported-" + random_text(16), "imported-" + random_text(16)};
  const std::string keys[] = {make_key("sk-proj-"), make_key("sk-proj-")};
  std::string lines = "{\"tenant\":\"no good\"}\n";
  for (int i = 0; i < 2; ++i) {
    lines += json::serialize(json::object{{"tenant", ids[i]},
                                          {"provider", "openai"},
                                          {"apiKey", keys[i]},
                                          {"token", {{"name", "backend"}}}}) +
             "\n";
  }
  const Response response = hand.exchange({.method = "POST",
                                           .target = "/admin/import",
                                           .headers = {{"Content-Type", "application/x-ndjson"}},
                                           .body = lines});
  expect(response, 200, "import");
  std::vector<Response> answers;
  std::istringstream text(response.body);
  for (std::string line; std::getline(text, line);) answers.push_back({.body = line});
  expect(answers.size() == 3 && answers[0].text("ok") == "false", response, "import");
  for (int i = 0; i < 2; ++i) {
    const Response& answer = answers[static_cast<std::size_t>(i) + 1];
    expect(answer.text("ok") == "true", response, "import");
    expect_chat(hand, answer.text("token"), keys[i]);
    expect(admin(hand, "DELETE", "/admin/tenants/" + ids[i]), 200, "delete");
  }
}

// All customers are on the pages, whoever comes and goes meanwhile.
void list_tenants(Stage& stage, Hand& hand) {
  std::size_t found = 0;
  std::string after;
  do {
    const Response page =
        look(hand, "/admin/tenants?limit=3" + (after.empty() ? "" : "&after=" + after), "tenants");
    const json::value document = page.json();
    for (const json::value& tenant : document.at("tenants").as_array()) {
      found += json::value_to<std::string>(tenant.at("id")).starts_with("customer-");
    }
    after = page.text("next");
  } while (!after.empty());
  if (found != stage.customers.size()) throw Wrong(std::to_string(found) + " customers listed");
}

void show_customer(Stage& stage, Hand& hand) {
  const std::string path = "/admin/tenants/" + stage.any_customer(hand).tenant.id;
  look(hand, path, "\"dekVersion\"");
  look(hand, path + "/tokens", "\"lastUsedAt\"");
}

void status(Stage&, Hand& hand) {
  const Response response = look(hand, "/admin/status", "\"uptimeSeconds\"");
  expect(response.text("audit/trouble") == "null", response, "the audit log is in trouble");
  const std::string postponed = response.text("database/compaction/postponed");
  const bool beside_backup = postponed.starts_with("a backup is being made");
  expect(postponed == "null" || beside_backup, response, "no compaction");
}

void rotate_all(Stage&, Hand& hand) {
  const Response response = admin(hand, "POST", "/admin/rotate");
  expect(response, 200, "rotate all");
  expect(response.body.find(R"({"done":true)") != std::string::npos, response, "not done");
  expect(response.body.find(R"("ok":false)") == std::string::npos, response, "not rotated");
}

void back_up(Stage&, Hand& hand) {
  const Response response = admin(hand, "GET", "/admin/backup");
  // One at a time is taken.
  if (response.status == 503 && response.text("error") == "OVERLOADED") return;
  expect(response, 200, "backup");
  // Its last chunk: no bytes, and what proves that.
  constexpr std::size_t end_size = 4 + 32;
  const std::string& body = response.body;
  const bool whole =
      body.starts_with("byokbak") && body.size() > end_size &&
      std::string_view(body).substr(body.size() - end_size).starts_with(std::string(4, '\0'));
  if (!whole) throw Wrong("a backup of " + std::to_string(body.size()) + " bytes");
}

void hang_up(Stage& stage, Hand& hand) {
  if (::kill(stage.world.byokd.pid(), SIGHUP) != 0) throw Wrong("SIGHUP");
  status(stage, hand);
}

struct Row {
  const char* name;
  void (*act)(Stage&, Hand&);
  int share = 1;
};

constexpr Row work_rows[] = {
    {"a tenant comes and goes", tenant_comes_and_goes, 3},
    {"an import", import, 2},
    {"tenants are listed", list_tenants},
    {"a tenant is shown", show_customer},
    {"operators' tokens are listed",
     [](Stage&, Hand& hand) { look(hand, "/admin/tokens", "\"tokens\""); }},
    {"all usage", [](Stage&, Hand& hand) { look(hand, "/admin/usage?limit=5", "\"usage\""); }},
    {"the audit log's tail",
     [](Stage&, Hand& hand) { look(hand, "/admin/audit?limit=20", "\"seq\""); }},
    {"the root key", [](Stage&, Hand& hand) { look(hand, "/admin/root-key", "\"check\""); }},
    {"health", [](Stage&, Hand& hand) { look(hand, "/health", "ok"); }},
    {"ready", [](Stage&, Hand& hand) { look(hand, "/ready", "ok"); }},
    {"status", status},
};

constexpr Row upkeep_rows[] = {
    {"all keys are rotated", rotate_all},
    {"a backup", back_up},
    {"a compaction",
     [](Stage&, Hand& hand) {
       // A client that left its backup may be the cause of one that is still being made.
       Response answer = admin(hand, "POST", "/admin/compact");
       if (answer.text("error") == "OVERLOADED") answer = admin(hand, "POST", "/admin/compact");
       expect(answer, 200, "compact");
     }},
    {"the audit log is verified",
     [](Stage&, Hand& hand) { look(hand, "/admin/audit/verify", "\"ok\":true"); }},
    {"the doctor", [](Stage&, Hand& hand) { look(hand, "/admin/doctor", "\"ok\":true"); }},
    {"SIGHUP", hang_up},
};

template <std::size_t count>
std::vector<Kind> kinds_of(const Row (&rows)[count], Stage& stage) {
  std::vector<Kind> kinds;
  for (const Row& row : rows) {
    kinds.push_back(
        {row.name, [act = row.act, &stage](Hand& hand) { act(stage, hand); }, row.share});
  }
  return kinds;
}

}  // namespace

std::vector<Kind> operators_work(Stage& stage) { return kinds_of(work_rows, stage); }

std::vector<Kind> upkeep(Stage& stage) { return kinds_of(upkeep_rows, stage); }

}  // namespace byok::testing::soak
