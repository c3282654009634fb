#include "daemon/http/link_routes.hpp"

#include <boost/json/array.hpp>

#include "daemon/http/json_body.hpp"
#include "daemon/http/link_order.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/times.hpp"
#include "daemon/service/audit.hpp"
#include "daemon/service/links.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;
using service::Exchange;
using service::Worker;

json::object link_value(const store::LinkRecord& link) {
  json::object value;
  value["id"] = link.id;
  value["tenant"] = link.tenant.view();
  value["provider"] = link.provider.view();
  value["note"] = link.note;
  value["state"] = service::link_state_name(service::link_state(link, now()));
  value["createdAt"] = time_value(link.created_at);
  value["expiresAt"] = time_value(link.expires_at);
  value["usedAt"] = time_value(link.used_at);
  value["revokedAt"] = time_value(link.revoked_at);
  return value;
}

// A link that leads nowhere is not made.
Result<void> check_served(const daemon::Settings& settings) {
  std::string missing;
  if (settings.public_url.empty()) {
    missing = "public_url to the address under which customers reach byokd";
  }
  if (!settings.ui) {
    missing += std::string(missing.empty() ? "" : ", and ") + "ui to true, for the page it opens";
  }
  if (missing.empty()) return {};
  return Error{Errc::bad_request, "no link can be made yet: set " + missing};
}

// The secret stands behind #, which no browser sends: so no log on the way has it.
SecretText url_of(const daemon::Settings& settings, const Secret& secret) {
  SecretText url(settings.public_url.size() + 128);
  url.append(settings.public_url);
  url.append("/settings#link=");
  url.append(secret.reveal());
  return url;
}

}  // namespace

Awaitable<Result<Reply>> create_link(Worker& worker, Exchange& exchange, const PathParameters&) {
  const daemon::Settings& settings = exchange.config->settings;
  if (auto served = check_served(settings); !served) co_return served.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  Result<service::LinkOrder> order = link_order(*body, exchange.config->catalog);
  if (!order) co_return order.error();
  auto made = co_await service::create_link(worker, service::actor_of(exchange), std::move(*order));
  if (!made) co_return made.error();
  json::object answer;
  answer["id"] = made->link.id;
  answer["url"] = "";
  answer["tenant"] = made->link.tenant.view();
  answer["provider"] = made->link.provider.view();
  answer["note"] = made->link.note;
  answer["createdAt"] = time_value(made->link.created_at);
  answer["expiresAt"] = time_value(made->link.expires_at);
  const SecretText url = url_of(settings, made->secret);
  co_return json_reply_with_secret(answer, "url", url.reveal(), 201);
}

Awaitable<Result<Reply>> list_links(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<service::LinkRange> range = link_range_in(exchange.head.query);
  if (!range) co_return range.error();
  auto page = service::list_links(worker, *range);
  if (!page) co_return page.error();
  json::array values;
  for (const store::LinkRecord& link : page->links) values.push_back(link_value(link));
  json::object answer;
  answer["links"] = std::move(values);
  if (page->next) answer["next"] = *page->next;
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> show_link(Worker& worker, Exchange&, const PathParameters& path) {
  auto link = service::show_link(worker, path[0]);
  if (!link) co_return link.error();
  co_return json_reply(link_value(*link));
}

Awaitable<Result<Reply>> revoke_link(Worker& worker, Exchange& exchange,
                                     const PathParameters& path) {
  Result<void> revoked =
      co_await service::revoke_link(worker, service::actor_of(exchange), std::string(path[0]));
  if (!revoked) co_return revoked.error();
  json::object answer;
  answer["id"] = path[0];
  answer["revoked"] = true;
  co_return json_reply(answer);
}

}  // namespace byok::http
