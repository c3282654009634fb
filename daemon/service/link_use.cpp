#include "daemon/service/link_use.hpp"

#include "common/token.hpp"
#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/identity.hpp"
#include "daemon/service/links.hpp"
#include "daemon/service/provider_keys.hpp"

namespace byok::service {
namespace {

using Kind = audit::Record::Kind;

Result<void> check_open(const store::LinkRecord& link) {
  switch (link_state(link, now())) {
    case LinkState::open:
      return {};
    case LinkState::used:
      return Error{Errc::link_used,
                   "this link has been used, and its key is stored: ask for a new link to replace "
                   "the key"};
    case LinkState::expired:
      return Error{Errc::link_expired, "this link has expired: ask whoever sent it for a new one"};
    case LinkState::revoked:
      return Error{Errc::link_revoked,
                   "this link has been withdrawn: ask whoever sent it for a new one"};
  }
  return unauthorized();  // not a LinkState: memory is corrupt
}

}  // namespace

Result<HeldLink> find_link(Worker& worker, std::string_view secret) {
  if (!is_link_secret(secret)) return unauthorized();
  const crypto::Digest hash = crypto::sha256(secret);
  store::ReadTxn txn = worker.reader.begin();
  auto record = load_link(worker.shared.vault, txn, hash);
  if (!record) {
    if (record.error().code == Errc::key_unreadable) {
      worker.shared.log.error("link.unreadable", {{"reason", "its record does not authenticate"}});
      worker.shared.trail.count("link.unreadable", {});
    }
    return unauthorized();
  }
  if (auto open = check_open(*record); !open) return open.error();
  return HeldLink{hash, std::move(*record)};
}

net::Awaitable<Result<void>> use_link(Worker& worker, audit::Actor actor, HeldLink link, Secret key,
                                      store::KeyStatus status) {
  const vault::Vault& vault = worker.shared.vault;
  const TenantId tenant = link.record.tenant;
  const ProviderId provider = link.record.provider;
  const std::string id = link.record.id;
  const audit::Record key_set(Kind::change, "key.set", actor,
                              {{"tenant", tenant}, {"provider", provider}});
  const audit::Record link_used(Kind::change, "link.used", actor,
                                {{"link", id}, {"tenant", tenant}, {"provider", provider}});
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    // As it is now: it may have been used, revoked or deleted since the key was looked at.
    auto now_stored = load_link(vault, txn, link.hash);
    if (!now_stored) {
      return now_stored.error().code == Errc::not_found ? unauthorized() : now_stored.error();
    }
    if (auto open = check_open(*now_stored); !open) return open.error();
    store::TenantEdit edit = txn.edit(tenant);
    auto record = load_tenant(vault, edit);
    if (!record) return record.error();
    store_key(vault, edit, *record, provider, key.reveal(), now(), 0);
    edit.put_key_state(provider, encode(store::KeyState{0, status}));
    save_tenant(vault, edit, *record);
    now_stored->used_at = now();
    edit.put_link(link.hash, id, seal_link(vault, link.hash, *now_stored));
    worker.shared.trail.intend(key_set);
    worker.shared.trail.intend(link_used);
    return {};
  };
  Result<void> done = co_await commit_untold(worker, step);
  if (!done) co_return done;
  worker.shared.models.forget(tenant);
  worker.shared.log.info("key.set", {{"tenant", tenant}, {"provider", provider}});
  worker.shared.log.info("link.used", {{"link", id}, {"tenant", tenant}, {"provider", provider}});
  co_return done;
}

}  // namespace byok::service
