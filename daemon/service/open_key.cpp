#include "daemon/service/open_key.hpp"

#include "daemon/service/authentic.hpp"

namespace byok::service {
namespace {

Error unreadable() {
  return {Errc::key_unreadable,
          "the stored key does not open: store it again, or ask the operator to restore a backup"};
}

}  // namespace

std::string_view source_name(KeySource source) {
  return source == KeySource::tenant ? "tenant" : "global";
}

Result<Secret> open_key(const vault::Vault& vault, const store::TenantView& view,
                        const store::TenantRecord& record, const ProviderId& provider) {
  const store::ListedKey* listed = record.find(provider);
  if (!listed) {
    return Error{Errc::key_not_found, "no key is stored for this provider: store one with PUT"};
  }
  auto sealed = view.key(provider);
  auto wrapped = view.dek(listed->dek_version);
  if (!sealed || !wrapped) return unreadable();
  auto dek = vault.unwrap(view.id(), listed->dek_version, *wrapped);
  if (!dek) return unreadable();
  auto secret = vault.open(*dek, {view.id(), provider, listed->dek_version}, *sealed);
  if (!secret) return unreadable();
  return secret;
}

void note_use(Worker& worker, const TenantId& tenant, const Provider& provider, KeySource source,
              std::uint64_t version, providers::KeyVerdict verdict) {
  worker.metrics.providers[provider.slot].count(source, verdict);
  if (source == KeySource::tenant) {
    worker.key_notes.note_key({tenant, provider.id, version, verdict});
  }
}

Result<CallKey> choose_key(Worker& worker, const TenantId& tenant, const Provider& provider) {
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(tenant);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) {
    if (record.error().code == Errc::key_unreadable) {
      worker.shared.log.error("tenant.unreadable", {{"tenant", tenant}});
    }
    return record.error();
  }
  auto own = open_key(worker.shared.vault, view, *record, provider.id);
  if (own) {
    return CallKey{std::move(*own), KeySource::tenant, record->find(provider.id)->dek_version};
  }
  if (own.error().code != Errc::key_not_found) {
    worker.shared.log.error("key.unreadable", {{"tenant", tenant}, {"provider", provider.id}});
    return own.error();
  }
  if (record->global_fallback && provider.global_key) {
    return CallKey{Secret(provider.global_key->reveal()), KeySource::global, 0};
  }
  return Error{Errc::no_provider_key, "no key for " + provider.id.str() +
                                          ": store one with PUT /ai/providers/" +
                                          provider.id.str()};
}

Result<CallKey> choose_same_key(Worker& worker, const TenantId& tenant, const Provider& provider,
                                KeySource source) {
  Result<CallKey> key = choose_key(worker, tenant, provider);
  if (key && key->source != source) {
    return Error{Errc::no_provider_key, "the key for " + provider.id.str() +
                                            " changed while the call was under way: try again"};
  }
  return key;
}

}  // namespace byok::service
