// Every route of the API with every kind of credential: what each answers, and that nobody reaches
// another tenant's keys by any of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <span>

#include "common/token.hpp"
#include "daemon/http/routes.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

// The status that each kind of valid credential gets; any other gets 401, but where a row is open.
struct Row {
  const char* method;
  std::string target;
  std::string body;
  int full;
  int chat;
  int admin;  // speaking for the tenant
  Headers headers = {};
  bool open = false;  // to anybody
};

const Headers ndjson{{"Content-Type", "application/x-ndjson"}};
const Headers anthropic{{"anthropic-version", "2023-06-01"}};
const std::string gemini_key = R"({"apiKey":"AQ.0123456789abcdef"})";
const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})";
const std::string message =
    R"({"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";

Row open_row(const char* target, int status) {
  return {"GET", target, "", status, status, status, {}, true};
}

// In this order: a row finds what those before it left.
const Row rows[] = {
    {"POST", "/ai/chat", chat_body("gpt-4o", "hi"), 200, 200, 200},
    {"POST", "/ai/chat", chat_body("claude-sonnet-4-5", "hi", true), 200, 200, 200},
    {"POST", "/ai/embeddings", R"({"model":"text-embedding-3-small","input":"x"})", 200, 200, 200},
    {"GET", "/ai/models", "", 200, 200, 200},
    {"GET", "/ai/catalog", "", 200, 403, 200},
    {"POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"), 200, 200, 200},
    {"POST", "/v1/chat/completions", chat_body("gemini-2.5-flash", "hi"), 200, 200, 200},
    {"POST", "/v1/embeddings", R"({"model":"text-embedding-3-small","input":"x"})", 200, 200, 200},
    {"POST", "/v1/responses", R"({"model":"gpt-4o","input":"x"})", 200, 200, 200},
    {"GET", "/v1/models", "", 200, 200, 200},
    {"HEAD", "/v1/models", "", 200, 200, 200},
    {"GET", "/v1/files", "", 200, 403, 200},
    {"DELETE", "/v1/files/file-1", "", 200, 403, 200},
    {"POST", "/v1/messages", message, 200, 200, 200, anthropic},
    {"POST", "/v1beta/models/gemini-2.5-flash:generateContent", contents, 200, 200, 200},
    {"GET", "/openai/v1/anything", "", 200, 403, 200},
    {"POST", "/openai/v1/chat/completions", chat_body("gpt-4o", "hi"), 200, 200, 200},
    {"GET", "/v1/responses/resp_1", "", 200, 403, 200},
    {"GET", "/v1/organization/admin_api_keys", "", 200, 403, 200},
    {"POST", "/anthropic/v1/files", "{}", 200, 403, 200, anthropic},
    {"POST", "/upload/v1beta/files", "{}", 200, 403, 200},
    {"GET", "/anthropic/v1/models", "", 200, 200, 200, anthropic},
    {"GET", "/gemini/v1beta/models", "", 200, 200, 200},
    {"GET", "/ai/providers", "", 200, 403, 200},
    {"PUT", "/ai/providers/gemini", gemini_key, 200, 403, 200},
    {"PUT", "/ai/providers/gemini/key", gemini_key, 200, 403, 200},
    {"POST", "/ai/providers/gemini/rotate", "", 200, 403, 200},
    {"POST", "/ai/providers/gemini/verify", "", 200, 403, 200},
    {"DELETE", "/ai/providers/gemini", "", 200, 403, 200},
    {"DELETE", "/ai/providers/gemini/key", "", 404, 403, 404},
    {"GET", "/ai/usage", "", 200, 403, 200},
    {"POST", "/admin/tenants", R"({"id":"made"})", 403, 403, 201},
    {"GET", "/admin/tenants", "", 403, 403, 200},
    {"GET", "/admin/tenants/acme", "", 403, 403, 200},
    {"PATCH", "/admin/tenants/made", R"({"globalFallback":false})", 403, 403, 200},
    {"POST", "/admin/tenants/acme/tokens", R"({"scope":"chat"})", 403, 403, 201},
    {"GET", "/admin/tenants/acme/tokens", "", 403, 403, 200},
    {"GET", "/admin/tokens", "", 403, 403, 200},
    {"DELETE", "/admin/tokens/{acme's}", "", 403, 403, 200},
    {"POST", "/admin/links", R"({"tenant":"acme","provider":"openai"})", 403, 403, 201},
    {"GET", "/admin/links", "", 403, 403, 200},
    {"GET", "/admin/links/lnk_0000000000000000", "", 403, 403, 404},
    {"DELETE", "/admin/links/lnk_0000000000000000", "", 403, 403, 404},
    {"POST", "/admin/import", R"({"tenant":"made"})", 403, 403, 200, ndjson},
    {"POST", "/admin/rotate", R"({"olderThan":"90d"})", 403, 403, 200},
    {"GET", "/admin/usage", "", 403, 403, 200},
    {"GET", "/admin/audit", "", 403, 403, 200},
    {"GET", "/admin/audit/verify", "", 403, 403, 200},
    {"GET", "/admin/root-key", "", 403, 403, 200},
    {"POST", "/admin/compact", "", 403, 403, 200},
    {"GET", "/admin/backup", "", 403, 403, 200},
    {"GET", "/admin/doctor", "", 403, 403, 200},
    {"GET", "/admin/status", "", 403, 403, 200},
    {"GET", "/metrics", "", 403, 403, 200},
    {"POST", "/admin/reload", "", 403, 403, 200},
    {"DELETE", "/admin/tenants/made", "", 403, 403, 200},
    open_row("/health", 200),
    open_row("/ready", 200),
    open_row("/openapi.json", 200),
    open_row("/settings", 200),
    open_row("/settings/settings.js", 200),
};

// Of a link's secret alone: no token reaches these (see links.cpp), nor any other credential.
const Row link_rows[] = {
    {"GET", "/links", "", 401, 401, 401},
    {"POST", "/links", gemini_key, 401, 401, 401},
};

enum class Kind { refused, chat, full, admin };

struct Credential {
  std::string_view name;
  Kind kind;
  std::string token;
  std::string tenant;  // whom the calls are made for
};

int expected(const Row& row, Kind kind) {
  switch (kind) {
    case Kind::refused:
      return row.open ? row.full : 401;
    case Kind::chat:
      return row.chat;
    case Kind::full:
      return row.full;
    case Kind::admin:
      return row.admin;
  }
  return 0;
}

struct Customer {
  Tenant tenant;
  std::set<std::string> digests = {};  // of its keys
};

struct Fixture {
  World world{{"public_url=https://keys.example.com", "ui=true"}};
  Customer acme = make("acme");
  Customer other = make("other");
  Response spare = world.admin("POST", "/admin/tenants/acme/tokens", R"({"scope":"full"})");

  Customer make(const std::string& id) {
    Customer customer{world.make_tenant(id)};
    for (const auto& [provider, prefix] :
         {std::pair{"openai", "sk-proj-"}, {"anthropic", "sk-ant-api03-"}, {"gemini", "AQ."}}) {
      const std::string key = make_key(prefix);
      world.put_key(customer.tenant, provider, key);
      customer.digests.insert(sha256_hex(key));
    }
    return customer;
  }
  Response ask(const Credential& credential, const Row& row, Headers more = {}) {
    Headers headers = row.headers;
    if (!credential.token.empty()) {
      headers.push_back({"Authorization", "Bearer " + credential.token});
    }
    if (credential.kind == Kind::admin) headers.push_back({"X-Byok-Tenant", credential.tenant});
    headers.insert(headers.end(), more.begin(), more.end());
    if (!find(headers, "content-type")) headers.push_back({"Content-Type", "application/json"});
    std::string target = row.target;
    if (target.ends_with("{acme's}")) target = "/admin/tokens/" + spare.text("id");
    return call(world.byokd.tcp(),
                {.method = row.method, .target = target, .headers = headers, .body = row.body});
  }
  // What the operator sees of acme: keys with their versions, and tokens.
  std::string seen_of_acme() {
    boost::json::value tokens = world.admin("GET", "/admin/tenants/acme/tokens").json();
    // When it was last used is written by and by.
    for (auto& token : tokens.at("tokens").as_array()) token.as_object().erase("lastUsedAt");
    std::string seen = "tokens " + boost::json::serialize(tokens);
    for (const char* provider : {"openai", "anthropic", "gemini"}) {
      seen += " " + std::to_string(world.dek_version("acme", provider));
    }
    return seen;
  }
  std::string revoked() {
    Response made = world.admin("POST", "/admin/tenants/acme/tokens", R"({"scope":"full"})");
    CHECK(world.admin("DELETE", "/admin/tokens/" + made.text("id")).status == 200);
    return made.text("token");
  }
  std::string expired() {
    std::string token = world.make_token("acme", "full", R"(,"expires":"1s")");
    CHECK(eventually([&] { return world.ask(token, "GET", "/ai/providers").status == 401; }));
    return token;
  }
};

bool fits(std::string_view pattern, std::string_view target) {
  target = target.substr(0, target.find('?'));
  while (!pattern.empty() && !target.empty()) {
    const std::string_view wanted = pattern.substr(0, pattern.find('/', 1));
    const std::string_view got = target.substr(0, target.find('/', 1));
    if (!wanted.starts_with("/{") && wanted != got) return false;
    pattern.remove_prefix(wanted.size());
    target.remove_prefix(got.size());
  }
  return pattern.empty() && target.empty();
}

}  // namespace

TEST_CASE("the table of this file names every route, and who needs no credential for it") {
  for (const auto& routes :
       {byok::http::tenant_routes(), byok::http::operator_routes(), byok::http::handover_routes(),
        byok::http::public_routes(), byok::http::page_routes()}) {
    for (const byok::http::Route& route : routes) {
      CAPTURE(route.method);
      CAPTURE(route.pattern);
      const bool by_link = route.access == byok::http::Access::link_holder;
      const std::span<const Row> table =
          by_link ? std::span<const Row>(link_rows) : std::span<const Row>(rows);
      CHECK(std::ranges::any_of(table, [&](const Row& row) {
        return row.method == route.method && fits(route.pattern, row.target) &&
               row.open == (route.access == byok::http::Access::anyone);
      }));
    }
  }
}

TEST_CASE(
    "each route answers each kind of credential as its row says, with its tenant's keys only") {
  Fixture f;
  std::string mistyped = f.acme.tenant.token;
  mistyped[10] = mistyped[10] == 'a' ? 'b' : 'a';
  const Credential credentials[] = {
      {"none", Kind::refused, "", ""},
      {"malformed", Kind::refused, "hello", ""},
      {"mistyped", Kind::refused, mistyped, ""},
      {"unknown", Kind::refused, std::string(byok::make_token(byok::Scope::full).reveal()), ""},
      {"revoked", Kind::refused, f.revoked(), ""},
      {"expired", Kind::refused, f.expired(), ""},
      {"another tenant's, chat-only", Kind::chat, f.other.tenant.chat_token, "other"},
      {"another tenant's", Kind::full, f.other.tenant.token, "other"},
      {"chat-only", Kind::chat, f.acme.tenant.chat_token, "acme"},
      {"full", Kind::full, f.acme.tenant.token, "acme"},
      {"admin", Kind::admin, f.world.make_token("default", "admin"), "acme"},
  };
  int calls = 0;
  int wrong = 0;
  for (const Credential& credential : credentials) {
    CAPTURE(credential.name);
    f.world.fake.forget_calls();
    // Each admin call changes what is there.
    if (credential.kind == Kind::admin) f.world.put_key(f.acme.tenant, "gemini", make_key("AQ."));
    const std::string before = f.seen_of_acme();
    for (const Row& row : rows) {
      CAPTURE(row.method);
      CAPTURE(row.target);
      Response response = f.ask(credential, row);
      CAPTURE(response.body);
      CHECK(response.status == expected(row, credential.kind));
      if (response.status == 403) CHECK(response.body.find("scope") != std::string::npos);
      ++calls;
    }
    if (credential.tenant != "acme") CHECK(f.seen_of_acme() == before);
    const Customer& customer = credential.tenant == "other" ? f.other : f.acme;
    for (const SeenCall& seen : f.world.fake.calls()) {
      CAPTURE(seen.target);
      CHECK(credential.kind != Kind::refused);
      // Keys for Gemini come and go within the table.
      const bool own = customer.digests.contains(seen.key_sha256) ||
                       seen.target.starts_with("/v1beta/models") ||
                       seen.target.starts_with("/upload/v1beta");
      CHECK(own);
      const Customer& stranger = credential.tenant == "other" ? f.acme : f.other;
      if (stranger.digests.contains(seen.key_sha256)) ++wrong;
    }
  }
  CHECK(wrong == 0);
  MESSAGE(std::size(rows) << " routes x " << std::size(credentials) << " credentials = " << calls
                          << " calls: " << wrong << " with another tenant's key");
}

TEST_CASE("no credential but a link's reaches what a link is for") {
  Fixture f;
  const Credential credentials[] = {
      {"none", Kind::refused, "", ""},
      {"chat-only", Kind::chat, f.acme.tenant.chat_token, ""},
      {"full", Kind::full, f.acme.tenant.token, ""},
      {"admin", Kind::admin, f.world.make_token("default", "admin"), "acme"},
  };
  const std::string before = f.seen_of_acme();
  for (const Credential& credential : credentials) {
    CAPTURE(credential.name);
    for (const Row& row : link_rows) {
      CAPTURE(row.method);
      CHECK(f.ask(credential, row).status == expected(row, credential.kind));
    }
  }
  CHECK(f.seen_of_acme() == before);
}

TEST_CASE(
    "a tenant's token that names another tenant is refused on every route that asks for one") {
  Fixture f;
  const std::string before = f.seen_of_acme();
  f.world.fake.forget_calls();
  for (const Kind kind : {Kind::chat, Kind::full}) {
    const Credential credential{
        "another's", kind, kind == Kind::chat ? f.other.tenant.chat_token : f.other.tenant.token,
        ""};
    for (const Row& row : rows) {
      if (row.open) continue;
      CAPTURE(row.method);
      CAPTURE(row.target);
      CHECK(f.ask(credential, row, {{"X-Byok-Tenant", "acme"}}).status == 403);
    }
  }
  CHECK(f.world.fake.calls().empty());
  CHECK(f.seen_of_acme() == before);
}
