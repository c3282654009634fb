#include "daemon/service/verify.hpp"

#include "daemon/service/authentic.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_request.hpp"

namespace byok::service {
namespace {

using providers::KeyVerdict;

Result<Secret> stored_key(Worker& worker, const TenantId& tenant, const ProviderId& provider) {
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(tenant);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) return record.error();
  return open_key(worker.shared.vault, view, *record, provider);
}

}  // namespace

net::Awaitable<KeyVerdict> verify_key(Worker& worker, const Provider& provider,
                                      std::string_view key) {
  std::vector<providers::RequestHeader> headers;
  if (provider.format == providers::Format::anthropic) {
    headers.push_back({"anthropic-version", "2023-06-01"});
  }
  upstream::Call call(worker.pool, provider.target);
  auto make_head = [&]() -> Result<SecretText> {
    return request_head("GET", provider, providers::probe_path(provider.format), headers,
                        {Secret(key), KeySource::tenant}, 0);
  };
  Result<void> sent = co_await call.send(*make_head(), {}, true, true);
  if (!sent) co_return KeyVerdict::unknown;
  upstream::MakeHead again = std::ref(make_head);
  Result<const http1::ResponseHead*> head = co_await call.answer_head(again);
  if (!head) co_return KeyVerdict::unknown;
  int status = (*head)->status;
  Result<std::string> body = co_await read_all(call);
  if (!body) co_return KeyVerdict::unknown;
  co_return providers::judge_probe(provider.format, status, *body);
}

net::Awaitable<Result<KeyVerdict>> verify_stored_key(Worker& worker, TenantId tenant,
                                                     const Provider& provider) {
  Result<Secret> key = stored_key(worker, tenant, provider.id);
  if (!key) co_return key.error();
  co_return co_await verify_key(worker, provider, key->reveal());
}

}  // namespace byok::service
