#include "tests/support/harness/world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <stdexcept>

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace byok::testing {
namespace {

namespace json = boost::json;

Response expect(Response response, int status, const std::string& what) {
  if (response.status == status) return response;
  throw std::runtime_error(what + " answered " + response.first_line + ": " + response.body);
}

}  // namespace

Response World::admin(const std::string& method, const std::string& target, const std::string& body,
                      const std::string& tenant) const {
  Request request{.method = method, .target = target, .headers = {}, .body = body};
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  if (!tenant.empty()) request.headers.push_back({"X-Byok-Tenant", tenant});
  return call(byokd.socket(), request);
}

Response World::ask(const std::string& token, const std::string& method, const std::string& target,
                    const std::string& body, Headers headers) const {
  return call(byokd.tcp(), {.method = method,
                            .target = target,
                            .headers = bearer(token, std::move(headers)),
                            .body = body});
}

Tenant World::make_tenant(const std::string& id, const std::string& body_rest) const {
  Response made = admin("POST", "/admin/tenants", "{\"id\":\"" + id + "\"" + body_rest + "}");
  if (made.status != 200 && made.status != 201) expect(made, 201, "POST /admin/tenants");
  return {id, make_token(id, "full"), make_token(id, "chat")};
}

std::string World::make_token(const std::string& tenant, const std::string& scope,
                              const std::string& rest) const {
  Response made = admin("POST", "/admin/tenants/" + tenant + "/tokens",
                        "{\"scope\":\"" + scope + "\"" + rest + "}");
  if (made.status != 200 && made.status != 201) expect(made, 201, "POST …/tokens");
  return made.text("token");
}

void World::put_key(const Tenant& tenant, const std::string& provider,
                    const std::string& key) const {
  expect(ask(tenant.token, "PUT", "/ai/providers/" + provider, "{\"apiKey\":\"" + key + "\"}"), 200,
         "PUT /ai/providers/" + provider);
}

std::uint64_t World::dek_version(const std::string& tenant, const std::string& provider) const {
  Response shown = expect(admin("GET", "/admin/tenants/" + tenant), 200, "GET /admin/tenants/ID");
  const json::value document = shown.json();
  for (const json::value& entry : document.at("providers").as_array()) {
    if (entry.at("provider") == json::value(provider)) {
      return entry.at("dekVersion").to_number<std::uint64_t>();
    }
  }
  return 0;
}

Headers bearer(const std::string& token, Headers more) {
  Headers headers{{"Content-Type", "application/json"}};
  if (!token.empty()) headers.push_back({"Authorization", "Bearer " + token});
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

std::string random_text(std::size_t size) {
  std::string bytes((size + 1) / 2, '\0');
  crypto::random(bytes);
  return to_hex(bytes).substr(0, size);
}

std::string make_key(std::string_view prefix) { return std::string(prefix) + random_text(32); }

std::string chat_body(std::string_view model, std::string_view text, bool stream) {
  json::object body{{"model", model},
                    {"messages", json::array{json::object{{"role", "user"}, {"content", text}}}}};
  if (stream) body["stream"] = true;
  return json::serialize(body);
}

std::vector<std::string> events_of(std::string_view body) {
  constexpr std::string_view mark = "data: ";
  std::vector<std::string> out;
  while (!body.empty()) {
    std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(mark)) out.emplace_back(line.substr(mark.size()));
  }
  return out;
}

}  // namespace byok::testing
