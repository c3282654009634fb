#include "daemon/service/inspection.hpp"

#include <algorithm>

#include "daemon/service/authentic.hpp"
#include "daemon/service/open_key.hpp"

namespace byok::service {
namespace {

constexpr std::size_t tenants_at_once = 64;
constexpr std::size_t most_problems = 100;

}  // namespace

void Inspection::report(const std::string& tenant, std::string record, std::string text) {
  ++result_.problem_count;
  if (result_.problems.size() < most_problems) {
    result_.problems.push_back({tenant, std::move(record), std::move(text)});
  }
}

bool Inspection::step() {
  store::ReadTxn txn = reader_.begin();
  std::vector<TenantId> tenants;
  txn.each_tenant(after_, [&](const TenantId& id, std::string_view) {
    tenants.push_back(id);
    return tenants.size() < tenants_at_once;
  });
  for (const TenantId& id : tenants) inspect_tenant(txn, id);
  if (tenants.size() == tenants_at_once) {
    after_ = tenants.back();
    return true;
  }
  txn.each_operator_token([&](std::string_view token_id, const crypto::Digest& hash) {
    inspect_token(txn, std::nullopt, token_id, hash);
  });
  return false;
}

void Inspection::inspect_tenant(const store::ReadTxn& txn, const TenantId& id) {
  ++result_.tenants;
  const store::TenantView view = txn.tenant(id);
  inspect_keys(view, id.str());
  view.each_token([&](std::string_view token_id, const crypto::Digest& hash) {
    inspect_token(txn, id, token_id, hash);
  });
  view.each_link_behind({}, [&](std::string_view link_id, const crypto::Digest& hash) {
    inspect_link(txn, id, link_id, hash);
    return true;
  });
}

// Each listed key, and that nothing lies beside them.
void Inspection::inspect_keys(const store::TenantView& view, const std::string& name) {
  const Result<store::TenantRecord> record = load_tenant(vault_, view);
  if (!record) return report(name, "tenant", "does not authenticate");
  for (const store::ListedKey& key : record->keys) {
    ++result_.keys;
    if (!open_key(vault_, view, *record, key.provider)) {
      report(name, "key " + key.provider.str(), "does not open");
    }
  }
  view.each_key([&](const ProviderId& provider, std::string_view) {
    if (!record->find(provider)) {
      report(name, "key " + provider.str(), "is not listed by its tenant");
    }
  });
  view.each_dek([&](std::uint64_t version, std::string_view) {
    ++result_.deks;
    const bool named = std::ranges::any_of(
        record->keys, [&](const store::ListedKey& key) { return key.dek_version == version; });
    if (!named) report(name, "data key " + std::to_string(version), "belongs to no key");
  });
}

// The token's record, and that it lies where its indexes say.
void Inspection::inspect_token(const store::ReadTxn& txn, const std::optional<TenantId>& owner,
                               std::string_view token_id, const crypto::Digest& hash) {
  ++result_.tokens;
  const std::string tenant = owner ? owner->str() : std::string();
  const std::string name = "token " + std::string(token_id);
  const Result<store::TokenRecord> record = load_token(vault_, txn, hash);
  if (!record) {
    report(tenant, name,
           record.error().code == Errc::not_found ? "is missing" : "does not authenticate");
  } else if (record->tenant != owner || record->id != token_id) {
    report(tenant, name, "is another's");
  } else if (txn.token_hash(token_id) != hash) {
    report(tenant, name, "is not found by its id");
  }
}

void Inspection::inspect_link(const store::ReadTxn& txn, const TenantId& owner,
                              std::string_view link_id, const crypto::Digest& hash) {
  ++result_.links;
  const std::string name = "link " + std::string(link_id);
  const Result<store::LinkRecord> record = load_link(vault_, txn, hash);
  if (!record) {
    report(owner.str(), name,
           record.error().code == Errc::not_found ? "is missing" : "does not authenticate");
  } else if (record->tenant != owner || record->id != link_id) {
    report(owner.str(), name, "is another's");
  } else if (txn.link_hash(link_id) != hash) {
    report(owner.str(), name, "is not found by its id");
  }
}

}  // namespace byok::service
