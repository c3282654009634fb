// The endpoints under /admin: tenants, tokens, import, rotation, reload, the daemon's state, and
// the audit log's.
#include <boost/json/array.hpp>

#include "common/version.hpp"
#include "daemon/http/audit_routes.hpp"
#include "daemon/http/backup_route.hpp"
#include "daemon/http/doctor_route.hpp"
#include "daemon/http/import_route.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/http/link_routes.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/reload_route.hpp"
#include "daemon/http/rotate_route.hpp"
#include "daemon/http/routes.hpp"
#include "daemon/http/tenant_order.hpp"
#include "daemon/http/times.hpp"
#include "daemon/http/token_routes.hpp"
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

json::object ordered_value(const Worker& worker, const service::OrderedTenant& tenant) {
  json::object value = tenant_value(tenant.info);
  value["limits"] = limits_value(tenant.limits);
  value["limitsInForce"] = limits_value(worker.shared.tenant_limits.in_force(tenant.limits));
  return value;
}

Awaitable<Result<Reply>> create_tenant(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  if (auto known = body->only({"id", "globalFallback", "limits"}); !known) co_return known.error();
  auto id_text = body->text("id");
  if (!id_text) co_return id_text.error();
  Result<TenantId> id = TenantId::parse(id_text->value_or(""));
  if (!id) co_return id.error();
  Result<service::TenantOrder> order = tenant_order(*body);
  if (!order) co_return order.error();
  auto created = co_await service::create_tenant(worker, service::actor_of(exchange), *id, *order);
  if (!created) co_return created.error();
  co_return json_reply(ordered_value(worker, *created), 201);
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

Awaitable<Result<Reply>> show_tenant(Worker& worker, Exchange& exchange,
                                     const PathParameters& path) {
  Result<TenantId> id = TenantId::parse(path[0]);
  if (!id) co_return id.error();
  Result<service::TokenRange> range = token_range_in(exchange.head.query);
  if (!range) co_return range.error();
  auto details = service::show_tenant(worker, *id, *range);
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
  json::object answer = ordered_value(worker, {details->info, details->limits});
  answer["providers"] = std::move(keys);
  add_tokens(answer, details->tokens);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> change_tenant(Worker& worker, Exchange& exchange,
                                       const PathParameters& path) {
  Result<TenantId> id = TenantId::parse(path[0]);
  if (!id) co_return id.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  if (auto known = body->only({"globalFallback", "limits"}); !known) co_return known.error();
  Result<service::TenantOrder> order = tenant_order(*body);
  if (!order) co_return order.error();
  if (!order->global_fallback && !order->rps && !order->concurrency) {
    co_return Error{Errc::bad_request,
                    "the body must hold 'globalFallback', or 'limits' with 'rps' or 'concurrency'"};
  }
  auto changed = co_await service::change_tenant(worker, service::actor_of(exchange), *id, *order);
  if (!changed) co_return changed.error();
  co_return json_reply(ordered_value(worker, *changed));
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
  answer["version"] = version;
  answer["uptimeSeconds"] = status.uptime;
  answer["tenants"] = status.stats.tenants;
  answer["keys"] = status.stats.keys;
  answer["tokens"] = status.stats.tokens;
  answer["links"] = status.stats.links;
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
    {"GET", "/admin/tenants", Access::operators, list_tenants, "limit after"},
    {"GET", "/admin/tenants/{id}", Access::operators, show_tenant, "limit after"},
    {"PATCH", "/admin/tenants/{id}", Access::operators, change_tenant},
    {"DELETE", "/admin/tenants/{id}", Access::operators, delete_tenant},
    {"POST", "/admin/tenants/{id}/tokens", Access::operators, create_token},
    {"GET", "/admin/tenants/{id}/tokens", Access::operators, list_tokens, "limit after"},
    {"GET", "/admin/tokens", Access::operators, list_operator_tokens, "limit after"},
    {"DELETE", "/admin/tokens/{id}", Access::operators, revoke_token},
    {"POST", "/admin/links", Access::operators, create_link},
    {"GET", "/admin/links", Access::operators, list_links, "tenant limit after"},
    {"GET", "/admin/links/{id}", Access::operators, show_link},
    {"DELETE", "/admin/links/{id}", Access::operators, revoke_link},
    {"POST", "/admin/import", Access::operators, import_tenants, "firstLine"},
    {"POST", "/admin/rotate", Access::operators, rotate_due_keys},
    {"GET", "/admin/root-key", Access::operators, show_root_key},
    {"POST", "/admin/compact", Access::operators, compact_database},
    {"GET", "/admin/backup", Access::operators, send_backup},
    {"GET", "/admin/doctor", Access::operators, show_diagnosis},
    {"GET", "/admin/usage", Access::operators, show_all_usage, "from to limit after"},
    {"GET", "/admin/audit", Access::operators, show_audit, "limit"},
    {"GET", "/admin/audit/verify", Access::operators, verify_audit, "from"},
    {"GET", "/admin/status", Access::operators, show_status},
    {"POST", "/admin/reload", Access::operators, reload_config},
};

}  // namespace

std::span<const Route> operator_routes() { return routes; }

}  // namespace byok::http
