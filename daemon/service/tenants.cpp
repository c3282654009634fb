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

std::string limit_name(const std::optional<std::uint32_t>& limit) {
  if (!limit) return "default";
  return *limit == 0 ? "off" : std::to_string(*limit);
}

void obey(const TenantOrder& order, store::TenantRecord& record) {
  if (order.global_fallback) record.global_fallback = *order.global_fallback;
  if (order.rps) record.limits.rps = *order.rps;
  if (order.concurrency) record.limits.concurrency = *order.concurrency;
}

// What the tenant is once `event` is done.
audit::Record told(std::string_view event, const audit::Actor& actor, const TenantId& id,
                   const store::TenantRecord& record) {
  return {Kind::change,
          event,
          actor,
          {{"tenant", id},
           {"globalFallback", record.global_fallback},
           {"rps", limit_name(record.limits.rps)},
           {"concurrency", limit_name(record.limits.concurrency)}}};
}

}  // namespace

net::Awaitable<Result<OrderedTenant>> create_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                    TenantOrder order) {
  const vault::Vault& vault = worker.shared.vault;
  store::TenantRecord record;
  record.created_at = now();
  obey(order, record);
  const audit::Record change = told("tenant.created", actor, id, record);
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
  co_return OrderedTenant{info_of(id, record), record.limits};
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

Result<TenantDetails> show_tenant(Worker& worker, const TenantId& id, const TokenRange& tokens) {
  store::ReadTxn txn = worker.reader.begin();
  store::TenantView view = txn.tenant(id);
  auto record = load_tenant(worker.shared.vault, view);
  if (!record) return record.error();
  TenantDetails details{
      info_of(id, *record), record->limits, {}, read_tokens(worker, txn, id, tokens)};
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

net::Awaitable<Result<OrderedTenant>> change_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                    TenantOrder order) {
  const vault::Vault& vault = worker.shared.vault;
  OrderedTenant changed{};
  auto step = [&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit edit = txn.edit(id);
    auto record = load_tenant(vault, edit);
    if (!record) return record.error();
    obey(order, *record);
    changed = {info_of(id, *record), record->limits};
    save_tenant(vault, edit, *record);
    worker.shared.trail.intend(told("tenant.changed", actor, id, *record));
    return {};
  };
  Result<void> done = co_await commit_untold(worker, step);
  if (!done) co_return done.error();
  worker.shared.log.info("tenant.changed",
                         {{"tenant", id},
                          {"globalFallback", changed.info.global_fallback},
                          {"rps", limit_name(changed.limits.rps)},
                          {"concurrency", limit_name(changed.limits.concurrency)}});
  co_return changed;
}

store::LimitOverrides limits_of(Worker& worker, const TenantId& id) {
  store::ReadTxn txn = worker.reader.begin();
  const store::TenantView view = txn.tenant(id);
  // Proving a record takes longer than finding it, and nearly every one names no limits.
  const auto bytes = view.record();
  if (!bytes || !store::claims_limits(*bytes)) return {};
  const auto record = load_tenant(worker.shared.vault, view);
  return record ? record->limits : store::LimitOverrides{};
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
