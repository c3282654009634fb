// Records as a database holds them, under a root key that everybody knows: the same bytes each
// time, so that a target can tell them from all that a fuzzer makes of them.
#pragma once

#include <string>
#include <string_view>

#include "daemon/store/records.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::fuzz {

struct KnownRecords {
  static constexpr std::string_view secret = "sk-known-0123456789";
  static constexpr std::string_view sub_database = "tenants";
  static constexpr std::string_view key = "acme";

  KnownRecords();

  vault::Vault vault;
  vault::Dek dek;
  vault::KeyPlace place;
  std::string sealed;         // `secret` under `dek`
  std::string wrapped;        // `dek` under the vault's root key
  std::string tenant;         // a tenant's record, not authenticated
  std::string authenticated;  // the same for `sub_database` and `key`
};

store::TenantRecord known_tenant();

}  // namespace byok::fuzz
