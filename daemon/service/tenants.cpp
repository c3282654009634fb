#include "daemon/service/tenants.hpp"

#include "daemon/service/audit.hpp"
#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"

namespace byok::service {
namespace {

using Kind = audit::Record::Kind;

TenantInfo info_of(const TenantId& id, const store::TenantRecord& record) {
  return {id, record.created_at, record.global_fallback};
}

}  // namespace

net::Awaitable<Result<TenantInfo>> create_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                 bool global_fallback) {
  const audit::Record change(Kind::change, "tenant.created", actor,
                             {{"tenant", id}, {"globalFallback", global_fallback}});
  const vault::Vault& vault = worker.shared.vault;
  store::TenantRecord record;
  record.created_at = now();
  record.global_fallback = global_fallback;
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(id);
    if (edit.record()) {
      return Error{Errc::tenant_exists, "there is a tenant of that id already"};
    }
    save_tenant(vault, edit, record);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done.error();
  worker.shared.log.info("tenant.created", {{"tenant", id}});
  co_return info_of(id, record);
}

std::vector<TenantInfo> list_tenants(Worker& worker, const std::optional<TenantId>& after,
                                     std::size_t most) {
  std::vector<TenantInfo> tenants;
  store::ReadTxn txn = worker.reader.begin();
  txn.each_tenant(after, [&](const TenantId& id, std::string_view) {
    if (auto record = load_tenant(worker.shared.vault, txn.tenant(id))) {
      tenants.push_back(info_of(id, *record));
    } else {
      tell_unreadable(worker, id, {});
    }
    return tenants.size() < most;
  });
  return tenants;
}

Result<TenantDetails> show_tenant(Worker& worker, const TenantId& id) {
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(id);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) return record.error();
  TenantDetails details{info_of(id, *record), {}, read_tokens(worker, txn, id)};
  for (const store::ListedKey& listed : record->keys) {
    TenantDetails::Key key{listed.provider, 0, 0, listed.dek_version};
    auto sealed = view.key(listed.provider);
    if (auto header = vault::peek_key_header(sealed.value_or(std::string_view()))) {
      key.set_at = header->set_at;
      key.rotated_at = header->rotated_at;
    }
    details.keys.push_back(key);
  }
  return details;
}

net::Awaitable<Result<TenantInfo>> change_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                 bool global_fallback) {
  const audit::Record change(Kind::change, "tenant.changed", actor,
                             {{"tenant", id}, {"globalFallback", global_fallback}});
  const vault::Vault& vault = worker.shared.vault;
  TenantInfo info{};
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(id);
    auto record = load_tenant(vault, edit);
    if (!record) return record.error();
    record->global_fallback = global_fallback;
    info = info_of(id, *record);
    save_tenant(vault, edit, *record);
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done.error();
  worker.shared.log.info("tenant.changed", {{"tenant", id}, {"globalFallback", global_fallback}});
  co_return info;
}

net::Awaitable<Result<void>> delete_tenant(Worker& worker, audit::Actor actor, TenantId id) {
  const audit::Record change(Kind::deletion, "tenant.deleted", actor, {{"tenant", id}});
  // What was noted of its calls goes with it, and not to the next one of its name.
  worker.shared.usage.write();
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(id);
    // A record that no longer authenticates must not keep its tenant from being deleted.
    if (!edit.record()) {
      return Error{Errc::tenant_not_found, "there is no such tenant: nothing was deleted"};
    }
    edit.erase_everything();
    return {};
  };
  Result<void> done = co_await commit(worker, change, step);
  if (!done) co_return done;
  worker.shared.thinking.forget(id);
  worker.shared.models.forget(id);
  worker.shared.log.info("tenant.deleted", {{"tenant", id}});
  co_return done;
}

}  // namespace byok::service
