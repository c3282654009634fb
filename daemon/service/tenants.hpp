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
  store::LimitOverrides limits;
  struct Key {
    ProviderId provider;
    UnixTime set_at;
    UnixTime rotated_at;  // 0: never
    std::uint64_t dek_version;
  };
  std::vector<Key> keys;
  TokenPage tokens;
};

// How a tenant is to be: what has no value stays as it is, or is as for every new one.
struct TenantOrder {
  std::optional<bool> global_fallback;
  std::optional<std::optional<std::uint32_t>> rps;  // within: as in store::LimitOverrides
  std::optional<std::optional<std::uint32_t>> concurrency;
};

// What a tenant has come to be by an order.
struct OrderedTenant {
  TenantInfo info;
  store::LimitOverrides limits;
};

// Errc::tenant_exists.
net::Awaitable<Result<OrderedTenant>> create_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                    TenantOrder order);

// In order of id, beginning after `after`, `most` of them. One whose record does not authenticate
// is left out, and logged.
std::vector<TenantInfo> list_tenants(Worker& worker, const std::optional<TenantId>& after,
                                     std::size_t most);

// With those of its tokens. Errc::tenant_not_found.
Result<TenantDetails> show_tenant(Worker& worker, const TenantId& id, const TokenRange& tokens);

// In force for whatever request comes once this is answered, on every worker.
// Errc::tenant_not_found.
net::Awaitable<Result<OrderedTenant>> change_tenant(Worker& worker, audit::Actor actor, TenantId id,
                                                    TenantOrder order);

// The limits that the tenant's record names, of which most name none. Those of a record that does
// not authenticate are none: whatever needs more of it fails by itself.
store::LimitOverrides limits_of(Worker& worker, const TenantId& id);

// Destroys its DEKs, keys and tokens in one transaction. Errc::tenant_not_found.
net::Awaitable<Result<void>> delete_tenant(Worker& worker, audit::Actor actor, TenantId id);

}  // namespace byok::service
