// Tenants, as an operator sees them. Every change is told to the audit log.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/error.hpp"
#include "daemon/service/tokens.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

struct TenantInfo {
  TenantId id;
  UnixTime created_at;
  bool global_fallback;
};

struct TenantDetails {
  TenantInfo info;
  struct Key {
    ProviderId provider;
    UnixTime set_at;
    UnixTime rotated_at;  // 0: never
    std::uint64_t dek_version;
  };
  std::vector<Key> keys;
  std::vector<TokenInfo> tokens;
};

// Errc::tenant_exists.
net::Awaitable<Result<TenantInfo>> create_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                 bool global_fallback);

// In order of id, beginning after `after`, `most` of them. One whose record does not authenticate
// is left out, and logged.
std::vector<TenantInfo> list_tenants(Worker& worker, const std::optional<TenantId>& after,
                                     std::size_t most);

// Errc::tenant_not_found.
Result<TenantDetails> show_tenant(Worker& worker, const TenantId& id);

// Errc::tenant_not_found.
net::Awaitable<Result<TenantInfo>> change_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                 bool global_fallback);

// Destroys its DEKs, keys and tokens in one transaction. Errc::tenant_not_found.
net::Awaitable<Result<void>> delete_tenant(Worker& worker, audit::Actor actor, TenantId id);

}  // namespace byok::service
