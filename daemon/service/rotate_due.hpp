// Rotation of many tenants' keys: each is encrypted anew under a new DEK, many in one transaction.
// The old ones serve until theirs is committed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/error.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// What could not be rotated, and was left as it is.
struct UnrotatedKey {
  TenantId tenant;
  std::optional<ProviderId> provider;  // nothing: the tenant's own record
  Error error;
};

struct RotatedKeys {
  std::uint64_t rotated = 0;
  std::vector<UnrotatedKey> failed;
  std::optional<TenantId> next;  // what to go on behind, where there may be more
  std::optional<Error> refused;  // nothing more can be written: store or audit log are full
};

// Takes the next tenants in order of id, behind `after` where given, and rotates those of their
// keys whose DEK was made no later than `made_by`.
net::Awaitable<RotatedKeys> rotate_due(Worker& worker, audit::Actor actor,
                                       std::optional<TenantId> after, UnixTime made_by);

}  // namespace byok::service
