#include "daemon/service/verify.hpp"

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_request.hpp"

namespace byok::service {
namespace {

using providers::KeyVerdict;

struct StoredKey {
  Secret secret;
  std::uint64_t version;
};

Result<StoredKey> stored_key(Worker& worker, const TenantId& tenant, const ProviderId& provider) {
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(tenant);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) return record.error();
  Result<Secret> secret = open_key(worker.shared.vault, view, *record, provider);
  if (!secret) return secret.error();
  return StoredKey{std::move(*secret), record->find(provider)->dek_version};
}

}  // namespace

net::Awaitable<KeyVerdict> verify_key(Worker& worker, Exchange& exchange, const Provider& provider,
                                      std::string_view key) {
  std::vector<providers::RequestHeader> headers;
  if (provider.format == providers::Format::anthropic) {
    headers.push_back({"anthropic-version", "2023-06-01"});
  }
  upstream::Call call(worker.pool, provider.target);
  const ClientWatch watch(exchange, [&call] { call.cancel(); });
  auto make_head = [&]() -> Result<SecretText> {
    return request_head("GET", provider, providers::probe_path(provider.format), headers,
                        {Secret(key), KeySource::tenant, 0}, 0);
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

net::Awaitable<Result<KeyVerdict>> verify_stored_key(Worker& worker, Exchange& exchange,
                                                     const Provider& provider) {
  const TenantId& tenant = exchange.principal.tenant;
  Result<StoredKey> key = stored_key(worker, tenant, provider.id);
  if (!key) co_return key.error();
  KeyUse use{tenant, provider.id, key->version};
  use.verdict = co_await verify_key(worker, exchange, provider, key->secret.reveal());
  if (use.verdict == KeyVerdict::unknown) co_return use.verdict;
  // Or what a call has learned before, and is still to be written, would undo it.
  worker.key_notes.note_verdict(use);
  UnixTime used_at = now();
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    write_use(txn, use, used_at);
    return {};
  };
  Result<void> written = co_await commit_untold(worker, step);
  // What was asked is known even where there is no room to note it.
  if (!written && written.error().code != Errc::store_full) co_return written.error();
  co_return use.verdict;
}

}  // namespace byok::service
