#include "daemon/http/token_routes.hpp"

#include <boost/json/array.hpp>

#include "daemon/http/json_body.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/times.hpp"
#include "daemon/http/token_order.hpp"
#include "daemon/service/audit.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;

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

}  // namespace

using net::Awaitable;
using service::Exchange;
using service::Worker;

void add_tokens(json::object& answer, const service::TokenPage& page) {
  json::array values;
  for (const service::TokenInfo& token : page.tokens) values.push_back(token_value(token));
  answer["tokens"] = std::move(values);
  if (page.next) answer["next"] = *page.next;
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

Awaitable<Result<Reply>> list_tokens(Worker& worker, Exchange& exchange,
                                     const PathParameters& path) {
  Result<TenantId> tenant = TenantId::parse(path[0]);
  if (!tenant) co_return tenant.error();
  Result<service::TokenRange> range = token_range_in(exchange.head.query);
  if (!range) co_return range.error();
  auto page = service::list_tokens(worker, *tenant, *range);
  if (!page) co_return page.error();
  json::object answer;
  add_tokens(answer, *page);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> list_operator_tokens(Worker& worker, Exchange& exchange,
                                              const PathParameters&) {
  Result<service::TokenRange> range = token_range_in(exchange.head.query);
  if (!range) co_return range.error();
  json::object answer;
  add_tokens(answer, service::list_operator_tokens(worker, *range));
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

}  // namespace byok::http
