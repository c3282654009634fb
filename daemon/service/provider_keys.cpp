#include "daemon/service/provider_keys.hpp"

#include <algorithm>
#include <memory>

#include "daemon/service/audit.hpp"
#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/open_key.hpp"

namespace byok::service {
namespace {

using Kind = audit::Record::Kind;

constexpr std::size_t shortest_shown = 16;

std::string_view status_name(store::KeyStatus status) {
  switch (status) {
    case store::KeyStatus::active:
      return "active";
    case store::KeyStatus::restricted:
      return "restricted";
    case store::KeyStatus::rejected:
      return "rejected";
  }
  return "active";
}

Error no_key() {
  return {Errc::key_not_found, "no key is stored for this provider: store one with PUT"};
}

KeyListing list_one(const vault::Vault& vault, const store::TenantView& view,
                    const store::TenantRecord& record, const store::ListedKey& listed) {
  KeyListing listing{listed.provider, "...", 0, 0, 0, "unreadable"};
  auto sealed = view.key(listed.provider);
  if (!sealed) return listing;
  if (auto header = vault::peek_key_header(*sealed)) {
    listing.set_at = header->set_at;
    listing.rotated_at = header->rotated_at;
  }
  store::KeyState state;
  if (auto bytes = view.key_state(listed.provider)) {
    state = store::decode_key_state(*bytes).value_or(store::KeyState{});
  }
  listing.last_used_at = state.last_used_at;
  if (auto key = open_key(vault, view, record, listed.provider)) {
    listing.masked_key = mask_key(key->reveal());
    listing.status = status_name(state.status);
  }
  return listing;
}

}  // namespace

std::string mask_key(std::string_view key) {
  if (key.size() < shortest_shown) return "...";
  return std::string(key.substr(0, 5)) + "..." + std::string(key.substr(key.size() - 3));
}

void store_key(const vault::Vault& vault, store::TenantEdit& edit, store::TenantRecord& record,
               const ProviderId& provider, std::string_view secret, UnixTime set_at,
               UnixTime rotated_at) {
  std::uint64_t version = ++record.dek_counter;
  vault::Dek dek = vault::Dek::make();
  edit.put_dek(version, vault.wrap(edit.id(), version, now(), dek));
  edit.put_key(provider, vault.seal(dek, {edit.id(), provider, version},
                                    {version, set_at, rotated_at}, secret));
  auto listed = std::find_if(record.keys.begin(), record.keys.end(),
                             [&](const auto& key) { return key.provider == provider; });
  if (listed == record.keys.end()) {
    record.keys.push_back({provider, version});
    return;
  }
  edit.erase_dek(std::exchange(listed->dek_version, version));
}

net::Awaitable<Result<void>> put_key(Worker& worker, audit::Actor actor, TenantId tenant,
                                     ProviderId provider, Secret key, store::KeyStatus status) {
  const vault::Vault& vault = worker.shared.vault;
  const audit::Record change(Kind::change, "key.set", actor,
                             {{"tenant", tenant}, {"provider", provider}});
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(tenant);
    auto record = load_tenant(vault, edit);
    if (!record) return record.error();
    store_key(vault, edit, *record, provider, key.reveal(), now(), 0);
    edit.put_key_state(provider, encode(store::KeyState{0, status}));
    save_tenant(vault, edit, *record);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done;
  worker.shared.models.forget(tenant);
  worker.shared.log.info("key.set", {{"tenant", tenant}, {"provider", provider}});
  co_return done;
}

Result<std::vector<KeyListing>> list_keys(Worker& worker, const TenantId& tenant) {
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(tenant);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) return record.error();
  std::vector<KeyListing> listings;
  for (const store::ListedKey& listed : record->keys) {
    listings.push_back(list_one(worker.shared.vault, view, *record, listed));
    if (listings.back().status == "unreadable") {
      tell_unreadable(worker, tenant, listed.provider.view());
    }
  }
  return listings;
}

net::Awaitable<Result<UnixTime>> rotate_key(Worker& worker, audit::Actor actor, TenantId tenant,
                                            ProviderId provider,
                                            std::optional<NewKey> replacement) {
  const vault::Vault& vault = worker.shared.vault;
  const audit::Record change(
      Kind::change, "key.rotated", actor,
      {{"tenant", tenant}, {"provider", provider}, {"replaced", replacement.has_value()}});
  UnixTime rotated_at = now();
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(tenant);
    auto record = load_tenant(vault, edit);
    if (!record) return record.error();
    if (!record->find(provider)) return no_key();
    if (replacement) {
      const std::string_view secret = replacement->secret.reveal();
      store_key(vault, edit, *record, provider, secret, rotated_at, rotated_at);
      edit.put_key_state(provider, encode(store::KeyState{0, replacement->status}));
    } else {
      auto secret = open_key(vault, edit, *record, provider);
      if (!secret) return secret.error();
      auto header = vault::peek_key_header(*edit.key(provider));
      store_key(vault, edit, *record, provider, secret->reveal(), header->set_at, rotated_at);
    }
    save_tenant(vault, edit, *record);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done.error();
  worker.shared.models.forget(tenant);
  worker.shared.log.info(
      "key.rotated",
      {{"tenant", tenant}, {"provider", provider}, {"replaced", replacement.has_value()}});
  co_return rotated_at;
}

net::Awaitable<Result<void>> delete_key(Worker& worker, audit::Actor actor, TenantId tenant,
                                        ProviderId provider) {
  const vault::Vault& vault = worker.shared.vault;
  const audit::Record change(Kind::deletion, "key.deleted", actor,
                             {{"tenant", tenant}, {"provider", provider}});
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(tenant);
    auto record = load_tenant(vault, edit);
    if (!record) return record.error();
    const store::ListedKey* listed = record->find(provider);
    if (!listed) return no_key();
    edit.erase_dek(listed->dek_version);
    edit.erase_key(provider);
    record->keys.erase(record->keys.begin() + (listed - record->keys.data()));
    save_tenant(vault, edit, *record);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done;
  worker.shared.models.forget(tenant);
  worker.shared.log.info("key.deleted", {{"tenant", tenant}, {"provider", provider}});
  co_return done;
}

}  // namespace byok::service
