// /links: what whoever holds a link may do with it, which is to learn what it is for and to hand
// over one key. Its secret is taken from Authorization alone: what stands in a query or a cookie
// comes to logs, or from other pages.
#include "daemon/http/authentication.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/http/key_body.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/routes.hpp"
#include "daemon/http/times.hpp"
#include "daemon/service/audit.hpp"
#include "daemon/service/identity.hpp"
#include "daemon/service/link_use.hpp"
#include "daemon/service/provider_keys.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;
using service::Exchange;
using service::Worker;

// What to answer to a wrong secret: after too many, that there were too many. A right one is never
// held up by somebody else's guesses, for it does not come here.
Error refused_guess(Worker& worker, const Exchange& exchange) {
  worker.shared.trail.count("authentication.refused", exchange.peer());
  auto may = worker.shared.link_guesses.count(
      exchange.peer(),
      "too many wrong links came from this address: check the link, and try later");
  return may ? service::unauthorized() : may.error();
}

// The link that the request's bearer holds; from here on the exchange is its.
Result<service::HeldLink> admit(Worker& worker, Exchange& exchange) {
  Result<std::string_view> secret = bearer_of(exchange.head);
  if (!secret) return refused_guess(worker, exchange);
  Result<service::HeldLink> held = service::find_link(worker, *secret);
  if (!held) {
    if (held.error().code == Errc::unauthorized) return refused_guess(worker, exchange);
    return held.error();
  }
  exchange.principal.tenant = held->record.tenant;
  exchange.principal.caller = service::CallerName(held->record.id);
  if (auto known = check_query(exchange.head.query, {}); !known) return known.error();
  return held;
}

Awaitable<Result<Reply>> show_request(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<service::HeldLink> held = admit(worker, exchange);
  if (!held) co_return held.error();
  // Before anybody goes to fetch a key for it.
  auto provider = exchange.config->catalog.require(held->record.provider.view());
  if (!provider) co_return provider.error();
  json::object answer;
  answer["tenant"] = held->record.tenant.view();
  answer["provider"] = held->record.provider.view();
  answer["note"] = held->record.note;
  answer["expiresAt"] = time_value(held->record.expires_at);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> take_key(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<service::HeldLink> held = admit(worker, exchange);
  if (!held) co_return held.error();
  auto provider = exchange.config->catalog.require(held->record.provider.view());
  if (!provider) co_return provider.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  Result<Secret> key = required_key_in(*body);
  if (!key) co_return key.error();

  // Or it could tell of any number of keys which are good.
  auto may = worker.shared.link_trials.count(
      held->record.id, "too many keys were tried with this link: try again later");
  if (!may) co_return may.error();
  Result<json::value> verified = co_await ask_provider(worker, exchange, **provider, key->reveal());
  if (!verified) co_return verified.error();

  const store::KeyStatus status = status_by(*verified);
  json::object answer;
  answer["provider"] = (*provider)->id.view();
  answer["stored"] = true;
  answer["verified"] = std::move(*verified);
  answer["maskedKey"] = service::mask_key(key->reveal());
  Result<void> stored = co_await service::use_link(worker, service::actor_of(exchange),
                                                   std::move(*held), std::move(*key), status);
  if (!stored) co_return stored.error();
  co_return json_reply(answer);
}

constexpr Route routes[] = {
    {"GET", "/links", Access::link_holder, show_request},
    {"POST", "/links", Access::link_holder, take_key},
};

}  // namespace

std::span<const Route> handover_routes() { return routes; }

}  // namespace byok::http
