#include "daemon/service/models.hpp"

#include "daemon/net/deadline.hpp"
#include "daemon/providers/global_key.hpp"
#include "daemon/providers/model_list.hpp"
#include "daemon/service/own_call.hpp"
#include "daemon/service/provider_request.hpp"
#include "daemon/service/refusals.hpp"

namespace byok::service {
namespace {

using net::Awaitable;

constexpr int most_pages = 20;
constexpr net::Milliseconds longest_wait{10'000};  // for a page

// Of one key's list in the tenant's memory. Another key, or the same sealed anew, has another one.
std::string memory_name(const Provider& provider, const CallKey& key) {
  return provider.id.str() + "/" + std::string(source_name(key.source)) + "/" +
         std::to_string(key.version);
}

Awaitable<Result<providers::ModelPage>> fetch_page(Worker& worker, Exchange& exchange,
                                                   const Provider& provider, std::string next) {
  OwnCall call(worker, exchange, provider, std::string_view());
  // A list without one provider's is better than none for minutes.
  net::Deadline patience(worker.loop.deadlines, [&call] { call.upstream().cancel(); });
  patience.set(longest_wait);
  Result<const http1::ResponseHead*> head =
      co_await call.start(providers::list_models_request(provider.format, next), "GET");
  if (!head) co_return head.error();
  const int status = (*head)->status;
  std::string wait(http1::value_of((*head)->fields, "retry-after"));
  if (status / 100 != 2) {
    const providers::UpstreamFailure failure = co_await call.refusal(status, std::move(wait));
    co_return api_error(provider.id.view(), failure);
  }
  Result<std::string> body = co_await read_all(call.upstream());
  call.meter().came();
  if (!body) {
    call.meter().broke();
    co_return body.error();
  }
  auto page = providers::parse_model_page(provider.format, *body);
  if (!page) {
    call.meter().broke();
    co_return page.error();
  }
  call.succeeded();
  if (call.source() == KeySource::global) {
    std::erase_if(page->ids,
                  [](const std::string& id) { return !providers::global_key_may_use_model(id); });
  }
  co_return page;
}

// All ids, a line each.
Awaitable<Result<std::string>> fetch_ids(Worker& worker, Exchange& exchange,
                                         const Provider& provider) {
  std::string ids;
  std::string next;
  for (int i = 0; i < most_pages; ++i) {
    Result<providers::ModelPage> page = co_await fetch_page(worker, exchange, provider, next);
    if (!page) co_return page.error();
    for (const std::string& id : page->ids) {
      if (id.find('\n') == id.npos) ids.append(id).append(1, '\n');
    }
    next = page->next;
    if (next.empty()) break;
  }
  co_return ids;
}

// What a call has to say to reach that model there.
std::string callable_id(const Catalog& catalog, const Provider& provider, std::string_view id) {
  Result<ModelChoice> choice = catalog.choose(id);
  if (choice && choice->provider == &provider && choice->model == id) return std::string(id);
  return provider.id.str().append("/").append(id);
}

void add_models(const Catalog& catalog, const Provider& provider, KeySource source,
                std::string_view ids, std::vector<CallableModel>& out) {
  while (!ids.empty()) {
    std::size_t end = ids.find('\n');
    out.push_back({callable_id(catalog, provider, ids.substr(0, end)), &provider, source});
    ids.remove_prefix(end + 1);
  }
}

}  // namespace

Awaitable<Result<std::vector<CallableModel>>> list_models(Worker& worker, Exchange& exchange) {
  const TenantId& tenant = exchange.principal.tenant;
  std::vector<CallableModel> models;
  std::optional<Error> failed;
  bool any = false;
  for (const Provider& provider : exchange.config->catalog.all()) {
    Result<CallKey> key = choose_key(worker, tenant, provider);
    if (!key && key.error().code == Errc::no_provider_key) continue;
    if (!key && key.error().code != Errc::key_unreadable) co_return key.error();
    if (!key) {
      failed = key.error();
      continue;
    }
    const std::string name = memory_name(provider, *key);
    const KeySource source = key->source;
    key = Error{Errc::internal, ""};
    std::optional<std::string> ids = worker.shared.models.recall(tenant, name);
    if (!ids) {
      Result<std::string> fetched = co_await fetch_ids(worker, exchange, provider);
      if (!fetched) {
        failed = fetched.error();
        continue;
      }
      worker.shared.models.keep(tenant, name, *fetched);
      ids = std::move(*fetched);
    }
    any = true;
    add_models(exchange.config->catalog, provider, source, *ids, models);
  }
  if (failed && !any) co_return *failed;
  co_return models;
}

}  // namespace byok::service
