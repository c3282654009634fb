// The endpoints under /ai: a tenant's own keys, and chat.
#include <boost/json/array.hpp>

#include "daemon/http/json_body.hpp"
#include "daemon/http/key_body.hpp"
#include "daemon/http/query.hpp"
#include "daemon/http/routes.hpp"
#include "daemon/http/times.hpp"
#include "daemon/http/usage_routes.hpp"
#include "daemon/service/audit.hpp"
#include "daemon/service/chat.hpp"
#include "daemon/service/embeddings.hpp"
#include "daemon/service/models.hpp"
#include "daemon/service/provider_keys.hpp"
#include "daemon/service/verify.hpp"

namespace byok::http {
namespace {

namespace json = boost::json;
using net::Awaitable;
using service::Exchange;
using service::Worker;

json::object key_answer(const ProviderId& provider) {
  json::object answer;
  answer["provider"] = provider.view();
  return answer;
}

Awaitable<Result<Reply>> put_key(Worker& worker, Exchange& exchange, const PathParameters& path) {
  auto provider = exchange.config->catalog.require(path[0]);
  if (!provider) co_return provider.error();
  Result<bool> verify = flag_in(exchange.head.query, "verify");
  if (!verify) co_return verify.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  Result<Secret> key = required_key_in(*body);
  if (!key) co_return key.error();

  json::value verified;
  if (*verify) {
    Result<json::value> asked = co_await ask_provider(worker, exchange, **provider, key->reveal());
    if (!asked) co_return asked.error();
    verified = std::move(*asked);
  }
  Result<void> stored =
      co_await service::put_key(worker, service::actor_of(exchange), exchange.principal.tenant,
                                (*provider)->id, std::move(*key), status_by(verified));
  if (!stored) co_return stored.error();
  json::object answer = key_answer((*provider)->id);
  answer["stored"] = true;
  if (!verified.is_null()) answer["verified"] = verified;
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> list_keys(Worker& worker, Exchange& exchange, const PathParameters&) {
  auto listings = service::list_keys(worker, exchange.principal.tenant);
  if (!listings) co_return listings.error();
  json::array providers;
  for (const service::KeyListing& listing : *listings) {
    json::object entry;
    entry["provider"] = listing.provider.view();
    entry["maskedKey"] = listing.masked_key;
    entry["setAt"] = time_value(listing.set_at);
    entry["rotatedAt"] = time_value(listing.rotated_at);
    entry["lastUsedAt"] = time_value(listing.last_used_at);
    entry["status"] = listing.status;
    providers.push_back(std::move(entry));
  }
  json::object answer;
  answer["providers"] = std::move(providers);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> rotate_key(Worker& worker, Exchange& exchange,
                                    const PathParameters& path) {
  auto provider = exchange.config->catalog.require(path[0]);
  if (!provider) co_return provider.error();
  Result<bool> verify = flag_in(exchange.head.query, "verify");
  if (!verify) co_return verify.error();
  Result<JsonBody> body = co_await read_json(exchange);
  if (!body) co_return body.error();
  Result<std::optional<Secret>> key = key_in(*body);
  if (!key) co_return key.error();
  if (*verify && !*key) {
    co_return Error{Errc::bad_request,
                    "'verify' is for the key that replaces the stored one: send it as 'apiKey', or "
                    "ask for /verify of the stored one"};
  }

  json::value verified;
  if (*verify) {
    Result<json::value> asked =
        co_await ask_provider(worker, exchange, **provider, (*key)->reveal());
    if (!asked) co_return asked.error();
    verified = std::move(*asked);
  }
  std::optional<service::NewKey> replacement;
  if (*key) replacement = service::NewKey{std::move(**key), status_by(verified)};
  Result<UnixTime> rotated_at =
      co_await service::rotate_key(worker, service::actor_of(exchange), exchange.principal.tenant,
                                   (*provider)->id, std::move(replacement));
  if (!rotated_at) co_return rotated_at.error();
  json::object answer = key_answer((*provider)->id);
  answer["rotatedAt"] = time_value(*rotated_at);
  if (!verified.is_null()) answer["verified"] = verified;
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> verify_key(Worker& worker, Exchange& exchange,
                                    const PathParameters& path) {
  auto provider = exchange.config->catalog.require(path[0]);
  if (!provider) co_return provider.error();
  // Nothing of it is needed, but what is unread hides that the client leaves.
  Result<std::string_view> body = co_await exchange.read_body(longest_small_body);
  if (!body) co_return body.error();
  auto verdict = co_await service::verify_stored_key(worker, exchange, **provider);
  if (!verdict) co_return verdict.error();
  json::object answer = key_answer((*provider)->id);
  answer["status"] = providers::verdict_name(*verdict);
  answer["checkedAt"] = time_value(now());
  co_return json_reply(answer);
}

// A key outlives the settings of its provider, and goes all the same.
Awaitable<Result<Reply>> delete_key(Worker& worker, Exchange& exchange,
                                    const PathParameters& path) {
  auto configured = exchange.config->catalog.require(path[0]);
  Result<ProviderId> provider = ProviderId::parse(path[0]);
  if (!provider) co_return configured.error();
  Result<void> deleted = co_await service::delete_key(worker, service::actor_of(exchange),
                                                      exchange.principal.tenant, *provider);
  if (!deleted) {
    const bool mistyped = !configured && deleted.error().code == Errc::key_not_found;
    co_return mistyped ? configured.error() : deleted.error();
  }
  json::object answer = key_answer(*provider);
  answer["deleted"] = true;
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> chat(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<void> answered = co_await service::chat(worker, exchange);
  if (!answered) co_return answered.error();
  co_return sent_reply();
}

Awaitable<Result<Reply>> list_models(Worker& worker, Exchange& exchange, const PathParameters&) {
  auto listed = co_await service::list_models(worker, exchange);
  if (!listed) co_return listed.error();
  json::array models;
  for (const service::CallableModel& model : *listed) {
    models.push_back(json::object{{"id", model.id},
                                  {"provider", model.provider->id.view()},
                                  {"keySource", service::source_name(model.source)}});
  }
  json::object answer;
  answer["models"] = std::move(models);
  co_return json_reply(answer);
}

Awaitable<Result<Reply>> embeddings(Worker& worker, Exchange& exchange, const PathParameters&) {
  Result<void> answered = co_await service::ai_embeddings(worker, exchange);
  if (!answered) co_return answered.error();
  co_return sent_reply();
}

// Whose keys byokd takes.
Awaitable<Result<Reply>> list_providers(Worker&, Exchange& exchange, const PathParameters&) {
  json::array providers;
  for (const service::Provider& provider : exchange.config->catalog.all()) {
    providers.push_back(json::object{{"provider", provider.id.view()},
                                     {"format", providers::format_name(provider.format)}});
  }
  json::object answer;
  answer["providers"] = std::move(providers);
  return Result<Reply>(json_reply(answer));
}

constexpr Route routes[] = {
    {"GET", "/ai/catalog", Access::manager, list_providers},
    {"GET", "/ai/providers", Access::manager, list_keys},
    {"PUT", "/ai/providers/{provider}", Access::manager, put_key, "verify"},
    {"DELETE", "/ai/providers/{provider}", Access::manager, delete_key},
    {"PUT", "/ai/providers/{provider}/key", Access::manager, put_key, "verify"},
    {"DELETE", "/ai/providers/{provider}/key", Access::manager, delete_key},
    {"POST", "/ai/providers/{provider}/rotate", Access::manager, rotate_key, "verify"},
    {"POST", "/ai/providers/{provider}/verify", Access::manager, verify_key},
    {"POST", "/ai/chat", Access::caller, chat},
    {"POST", "/ai/embeddings", Access::caller, embeddings},
    {"GET", "/ai/models", Access::caller, list_models},
    {"GET", "/ai/usage", Access::manager, show_usage, "from to"},
};

}  // namespace

std::span<const Route> tenant_routes() { return routes; }

}  // namespace byok::http
