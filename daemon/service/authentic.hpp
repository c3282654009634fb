// Records that decide who is who, taken from the database only with their authentication proved.
#pragma once

#include <optional>

#include "common/error.hpp"
#include "daemon/store/records.hpp"
#include "daemon/store/store.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::service {

// Errc::tenant_not_found; Errc::key_unreadable where the record is not one that we wrote.
Result<store::TenantRecord> load_tenant(const vault::Vault& vault, const store::TenantView& view);
void save_tenant(const vault::Vault& vault, store::TenantEdit& edit,
                 const store::TenantRecord& record);

// Errc::not_found; Errc::key_unreadable.
Result<store::TokenRecord> load_token(const vault::Vault& vault, const store::ReadTxn& txn,
                                      const crypto::Digest& hash);
// The record as it is to be stored under `hash`.
std::string seal_token(const vault::Vault& vault, const crypto::Digest& hash,
                       const store::TokenRecord& record);

// Likewise for links; the hash is of the link's secret.
Result<store::LinkRecord> load_link(const vault::Vault& vault, const store::ReadTxn& txn,
                                    const crypto::Digest& hash);
std::string seal_link(const vault::Vault& vault, const crypto::Digest& hash,
                      const store::LinkRecord& record);

}  // namespace byok::service
