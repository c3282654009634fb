// The endpoints under /admin: tenants, tokens, import, rotation, reload, the daemon's state, and
// the audit log's.
#include <boost/json/array.hpp>

#include "daemon/http/audit_routes.hpp"
#include "daemon/http/backup_route.hpp"
#include "daemon/http/doctor_route.hpp"
#include "daemon/http/import_route.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/reload_route.hpp"
#include "daemon/http/rotate_route.hpp"
#include "daemon/http/routes.hpp"
#include "daemon/http/times.hpp"
#include "daemon/http/token_order.hpp"
#include "daemon/http/usage_routes.hpp"
#include "daemon/service/audit.hpp"
#include "daemon/service/status.hpp"
#include "daemon/service/tenants.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;
using service::Exchange;
using service::Worker;

json::object tenant_value(const service::TenantInfo& tenant) {
  json::object value;
  value["id"] = tenant.id.view();
  value["createdAt"] = time_value(tenant.created_at);
  value["globalFallback"] = tenant.global_fallback;
  return value;
}

json::value tenant_name(const std::optional<TenantId>& tenant) {
  if (!tenant) return nullptr;
  return json::value(tenant->view());
}

json::object token_value(const service::TokenInfo& token) {
  json::object value;
  value["id"] = token.id;
  value["tenant"] = tenant_name(token.tenant);
  value["name"] = token.name;
  value["scope"] = scope_name(token.scope);
  value["createdAt"] = time_value(token.created_at);
  value["expiresAt"] = time_value(token.expires_at);
  value["lastUsedAt"] = time_value(token.last_used_at);
  return value;
}

json::array token_values(const std::vector<service::TokenInfo>& tokens) {
  json::array values;
  for (const service::TokenInfo& token : tokens) values.push_back(token_value(token));
  return values;
}

Awaitable<Result<Reply>> create_tenant(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  if (auto known = body->only({"id", "globalFallback"}); !known) co_return known.error();
  auto id_text = body->text("id");
  if (!id_text) co_return id_text.error();
  Result<TenantId> id = TenantId::parse(id_text->value_or(""));
  if (!id) co_return id.error();
  auto fallback = body->boolean("globalFallback");
  if (!fallback) co_return fallback.error();
  auto created = co_await service::create_tenant(worker, service::actor_of(exchange), *id,
                                                 fallback->value_or(true));
  if (!created) co_return created.error();
  co_return json_reply(tenant_value(*created), 201);
}

// `next` is what to ask for behind this page.
Awaitable<Result<Reply>> list_tenants(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<Paging> paging = paging_in(exchange.head.query);
  if (!paging) co_return paging.error();
  auto tenants = service::list_tenants(worker, paging->after, paging->most);
  json::array values;
  for (const service::TenantInfo& tenant : tenants) values.push_back(tenant_value(tenant));
  json::object answer;
  answer["tenants"] = std::move(values);
  if (tenants.size() == paging->most) answer["next"] = tenants.back().id.view();
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> show_tenant(Worker& worker, Exchange&, const PathParameters& path) {
  Result<TenantId> id = TenantId::parse(path[0]);
  if (!id) co_return id.error();
  auto details = service::show_tenant(worker, *id);
  if (!details) co_return details.error();
  json::array keys;
  for (const auto& key : details->keys) {
    json::object value;
    value["provider"] = key.provider.view();
    value["setAt"] = time_value(key.set_at);
    value["rotatedAt"] = time_value(key.rotated_at);
    value["dekVersion"] = key.dek_version;
    keys.push_back(std::move(value));
  }
  json::object answer = tenant_value(details->info);
  answer["providers"] = std::move(keys);
  answer["tokens"] = token_values(details->tokens);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> change_tenant(Worker& worker, Exchange& exchange,
                                       const PathParameters& path) {
  Result<TenantId> id = TenantId::parse(path[0]);
  if (!id) co_return id.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  if (auto known = body->only({"globalFallback"}); !known) co_return known.error();
  auto fallback = body->boolean("globalFallback");
  if (!fallback) co_return fallback.error();
  if (!*fallback) co_return Error{Errc::bad_request, "the body must hold 'globalFallback'"};
  auto changed =
      co_await service::change_tenant(worker, service::actor_of(exchange), *id, **fallback);
  if (!changed) co_return changed.error();
  co_return json_reply(tenant_value(*changed));
}

Awaitable<Result<Reply>> delete_tenant(Worker& worker, Exchange& exchange,
                                       const PathParameters& path) {
  Result<TenantId> id = TenantId::parse(path[0]);
  if (!id) co_return id.error();
  Result<void> deleted = co_await service::delete_tenant(worker, service::actor_of(exchange), *id);
  if (!deleted) co_return deleted.error();
  json::object answer;
  answer["id"] = id->view();
  answer["deleted"] = true;
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> create_token(Worker& worker, Exchange& exchange,
                                      const PathParameters& path) {
  Result<TenantId> tenant = TenantId::parse(path[0]);
  if (!tenant) co_return tenant.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  Result<service::TokenOrder> order = token_order(body->members());
  if (!order) co_return order.error();
  auto token = co_await service::create_token(worker, service::actor_of(exchange), *tenant,
                                              std::move(*order));
  if (!token) co_return token.error();
  json::object answer;
  answer["id"] = token->info.id;
  answer["token"] = "";
  answer["tenant"] = tenant_name(token->info.tenant);
  answer["name"] = token->info.name;
  answer["scope"] = scope_name(token->info.scope);
  answer["createdAt"] = time_value(token->info.created_at);
  answer["expiresAt"] = time_value(token->info.expires_at);
  co_return json_reply_with_secret(answer, "token", token->text.reveal(), 201);
}

Awaitable<Result<Reply>> list_tokens(Worker& worker, Exchange&, const PathParameters& path) {
  Result<TenantId> tenant = TenantId::parse(path[0]);
  if (!tenant) co_return tenant.error();
  auto tokens = service::list_tokens(worker, *tenant);
  if (!tokens) co_return tokens.error();
  json::object answer;
  answer["tokens"] = token_values(*tokens);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> list_operator_tokens(Worker& worker, Exchange&, const PathParameters&) {
  json::object answer;
  answer["tokens"] = token_values(service::list_operator_tokens(worker));
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> revoke_token(Worker& worker, Exchange& exchange,
                                      const PathParameters& path) {
  Result<void> revoked =
      co_await service::revoke_token(worker, service::actor_of(exchange), std::string(path[0]));
  if (!revoked) co_return revoked.error();
  json::object answer;
  answer["id"] = path[0];
  answer["revoked"] = true;
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> show_status(Worker& worker, Exchange&, const PathParameters&) {
  service::Status status = service::read_status(worker);
  json::object database;
  database["path"] = status.database_path;
  database["usedBytes"] = status.stats.used_bytes;
  database["freeBytes"] = status.stats.free_bytes;
  database["mapBytes"] = status.stats.map_size;
  json::object compaction;
  compaction["due"] = status.compaction.due;
  compaction["finishedAt"] = time_value(status.compaction.finished_at.value_or(0));
  compaction["postponed"] =
      status.compaction.postponed ? json::value(*status.compaction.postponed) : json::value();
  database["compaction"] = std::move(compaction);
  json::object answer;
  answer["version"] = BYOK_VERSION;
  answer["uptimeSeconds"] = status.uptime;
  answer["tenants"] = status.stats.tenants;
  answer["keys"] = status.stats.keys;
  answer["tokens"] = status.stats.tokens;
  answer["database"] = std::move(database);
  answer["workers"] = status.workers;
  answer["listeners"] = json::array(status.listeners.begin(), status.listeners.end());
  answer["rootKeyId"] = status.root_key_id;
  json::object audit;
  audit["file"] = status.audit_file;
  audit["lines"] = status.audit_lines;
  audit["trouble"] = status.audit_trouble ? json::value(*status.audit_trouble) : json::value();
  answer["audit"] = std::move(audit);
  co_return json_reply(answer);
}

// Nothing of it is secret: the check value only tells one root key from another.
Awaitable<Result<Reply>> show_root_key(Worker& worker, Exchange&, const PathParameters&) {
  const service::RootKeyInfo root_key = service::read_root_key(worker);
  json::object answer;
  answer["id"] = root_key.id;
  answer["source"] = root_key.source;
  answer["check"] = root_key.check;
  return Result<Reply>(json_reply(answer));
}

// Answers once it is done, which takes as long as copying the database does.
Awaitable<Result<Reply>> compact_database(Worker& worker, Exchange&, const PathParameters&) {
  auto compacted = co_await service::compact(worker);
  if (!compacted) co_return compacted.error();
  json::object answer;
  answer["compacted"] = true;
  answer["bytesBefore"] = compacted->bytes_before;
  answer["bytesAfter"] = compacted->bytes_after;
  co_return json_reply(answer);
}

constexpr Route routes[] = {
    {"POST", "/admin/tenants", Access::operators, create_tenant},
    {"GET", "/admin/tenants", Access::operators, list_tenants},
    {"GET", "/admin/tenants/{id}", Access::operators, show_tenant},
    {"PATCH", "/admin/tenants/{id}", Access::operators, change_tenant},
    {"DELETE", "/admin/tenants/{id}", Access::operators, delete_tenant},
    {"POST", "/admin/tenants/{id}/tokens", Access::operators, create_token},
    {"GET", "/admin/tenants/{id}/tokens", Access::operators, list_tokens},
    {"GET", "/admin/tokens", Access::operators, list_operator_tokens},
    {"DELETE", "/admin/tokens/{id}", Access::operators, revoke_token},
    {"POST", "/admin/import", Access::operators, import_tenants},
    {"POST", "/admin/rotate", Access::operators, rotate_due_keys},
    {"GET", "/admin/root-key", Access::operators, show_root_key},
    {"POST", "/admin/compact", Access::operators, compact_database},
    {"GET", "/admin/backup", Access::operators, send_backup},
    {"GET", "/admin/doctor", Access::operators, show_diagnosis},
    {"GET", "/admin/usage", Access::operators, show_all_usage},
    {"GET", "/admin/audit", Access::operators, show_audit},
    {"GET", "/admin/audit/verify", Access::operators, verify_audit},
    {"GET", "/admin/status", Access::operators, show_status},
    {"POST", "/admin/reload", Access::operators, reload_config},
};

}  // namespace

std::span<const Route> operator_routes() { return routes; }

}  // namespace byok::http
