#include "daemon/service/authentic.hpp"

namespace byok::service {
namespace {

Error unreadable(std::string_view what) {
  return {Errc::key_unreadable, "the stored record of this " + std::string(what) +
                                    " does not authenticate: ask the operator to restore a backup"};
}

}  // namespace

Result<store::TenantRecord> load_tenant(const vault::Vault& vault, const store::TenantView& view) {
  auto bytes = view.record();
  if (!bytes) {
    return Error{Errc::tenant_not_found,
                 "there is no such tenant: create it with `byok tenant create`"};
  }
  auto value = vault.verify(store::sub_database::tenants, view.id().view(), *bytes);
  if (!value) return unreadable("tenant");
  auto record = store::decode_tenant(*value);
  if (!record) return unreadable("tenant");
  return std::move(*record);
}

void save_tenant(const vault::Vault& vault, store::TenantEdit& edit,
                 const store::TenantRecord& record) {
  edit.put_record(
      vault.authenticate(store::sub_database::tenants, edit.id().view(), encode(record)));
}

Result<store::TokenRecord> load_token(const vault::Vault& vault, const store::ReadTxn& txn,
                                      const crypto::Digest& hash) {
  auto bytes = txn.token(hash);
  if (!bytes) return Error{Errc::not_found, "there is no such token"};
  auto value = vault.verify(store::sub_database::tokens, crypto::view(hash), *bytes);
  if (!value) return unreadable("token");
  auto record = store::decode_token(*value);
  if (!record) return unreadable("token");
  return std::move(*record);
}

std::string seal_token(const vault::Vault& vault, const crypto::Digest& hash,
                       const store::TokenRecord& record) {
  return vault.authenticate(store::sub_database::tokens, crypto::view(hash), encode(record));
}

Result<store::LinkRecord> load_link(const vault::Vault& vault, const store::ReadTxn& txn,
                                    const crypto::Digest& hash) {
  auto bytes = txn.link(hash);
  if (!bytes) return Error{Errc::not_found, "there is no such link"};
  auto value = vault.verify(store::sub_database::links, crypto::view(hash), *bytes);
  if (!value) return unreadable("link");
  auto record = store::decode_link(*value);
  if (!record) return unreadable("link");
  return std::move(*record);
}

std::string seal_link(const vault::Vault& vault, const crypto::Digest& hash,
                      const store::LinkRecord& record) {
  return vault.authenticate(store::sub_database::links, crypto::view(hash), encode(record));
}

}  // namespace byok::service
