#include "daemon/service/rotate_due.hpp"

#include <iterator>
#include <utility>

#include "daemon/service/authentic.hpp"
#include "daemon/service/commit.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/provider_keys.hpp"

namespace byok::service {
namespace {

// Whoever else writes waits for one of these.
constexpr std::size_t tenants_at_once = 256;

struct Work {
  TenantId tenant;
  std::uint64_t rotated = 0;
  std::vector<UnrotatedKey> failed;
};

bool is_due(const store::TenantView& view, std::uint64_t dek_version, UnixTime made_by) {
  const auto wrapped = view.dek(dek_version);
  if (!wrapped) return true;
  const Result<UnixTime> made = vault::peek_dek_created_at(*wrapped);
  return !made || *made <= made_by;
}

// All that is due of one tenant. What does not open is told, not mended: only its owner has it.
Result<void> rotate_tenant(const Shared& shared, const audit::Actor& actor, store::WriteTxn& txn,
                           UnixTime made_by, Work& work) {
  const vault::Vault& vault = shared.vault;
  work.rotated = 0;
  work.failed.clear();
  store::TenantEdit edit = txn.edit(work.tenant);
  Result<store::TenantRecord> record = load_tenant(vault, edit);
  if (!record) {
    // Deleted since it was listed.
    if (record.error().code == Errc::tenant_not_found) return {};
    work.failed.push_back({work.tenant, std::nullopt, record.error()});
    return {};
  }
  const auto listed = record->keys;  // as they were: storing changes them
  for (const store::ListedKey& key : listed) {
    if (!is_due(edit, key.dek_version, made_by)) continue;
    const Result<Secret> secret = open_key(vault, edit, *record, key.provider);
    if (!secret) {
      work.failed.push_back({work.tenant, key.provider, secret.error()});
      continue;
    }
    const UnixTime set_at = vault::peek_key_header(*edit.key(key.provider))->set_at;
    store_key(vault, edit, *record, key.provider, secret->reveal(), set_at, now());
    shared.trail.intend(
        {audit::Record::Kind::change,
         "key.rotated",
         actor,
         {{"tenant", work.tenant}, {"provider", key.provider}, {"replaced", false}}});
    ++work.rotated;
  }
  if (work.rotated > 0) save_tenant(vault, edit, *record);
  return {};
}

std::vector<Work> list_work(Worker& worker, const std::optional<TenantId>& after) {
  std::vector<Work> works;
  store::ReadTxn txn = worker.reader.begin();
  txn.each_tenant(after, [&](const TenantId& id, std::string_view) {
    works.push_back({id, 0, {}});
    return works.size() < tenants_at_once;
  });
  return works;
}

}  // namespace

net::Awaitable<RotatedKeys> rotate_due(Worker& worker, audit::Actor actor,
                                       std::optional<TenantId> after, UnixTime made_by) {
  std::vector<Work> works = list_work(worker, after);
  std::vector<store::Writer::Step> steps;
  steps.reserve(works.size());
  for (Work& work : works) {
    steps.push_back([&shared = worker.shared, &actor, made_by, &work](store::WriteTxn& txn) {
      return rotate_tenant(shared, actor, txn, made_by, work);
    });
  }
  std::vector<Result<void>> outcomes = co_await commit_each(worker, std::move(steps));

  RotatedKeys done;
  for (std::size_t i = 0; i < works.size(); ++i) {
    Work& work = works[i];
    if (!outcomes[i]) {
      done.failed.push_back({work.tenant, std::nullopt, outcomes[i].error()});
      const Errc code = outcomes[i].error().code;
      if (code == Errc::store_full || code == Errc::audit_unavailable) {
        done.refused = outcomes[i].error();
      }
      continue;
    }
    if (work.rotated > 0) worker.shared.models.forget(work.tenant);
    done.rotated += work.rotated;
    std::move(work.failed.begin(), work.failed.end(), std::back_inserter(done.failed));
  }
  for (const UnrotatedKey& key : done.failed) {
    worker.shared.log.error("key.not_rotated",
                            {{"tenant", key.tenant},
                             {"provider", key.provider ? key.provider->view() : "-"},
                             {"error", code_name(key.error.code)}});
  }
  if (done.rotated > 0) {
    worker.shared.log.info("keys.rotated", {{"keys", done.rotated}, {"last", works.back().tenant}});
  }
  if (works.size() == tenants_at_once) done.next = works.back().tenant;
  co_return done;
}

}  // namespace byok::service
