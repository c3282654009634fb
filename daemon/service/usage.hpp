// What was counted of calls, as a tenant and as the operator may see it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daemon/service/open_key.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// Days in UTC, both included.
struct Period {
  Day first;
  Day last;
};

struct UsageLine {
  ProviderId provider;
  // Nothing where who asks may not see it.
  std::optional<std::string> model;  // empty: calls that name none
  KeySource source;
  store::UsageCounts counts;  // tokens are 0 where the model is not to be seen
};

enum class UsageSight {
  whole,
  // The operator's: of calls with the tenant's own key only how many there were and how many
  // failed, unless usage.operator_sees_tokens.
  operators,
};

// All that was counted until now, in order of provider, model and source. Errc::tenant_not_found.
net::Awaitable<Result<std::vector<UsageLine>>> tenant_usage(Worker& worker, const TenantId& tenant,
                                                            Period period, UsageSight sight);

struct TenantUsage {
  TenantId tenant;
  std::vector<UsageLine> lines;  // at least one
};

struct UsagePage {
  std::vector<TenantUsage> tenants;
  std::optional<TenantId> next;  // what to go on behind, where there may be more
};

// The operator's sight of the next `most` tenants, in order of id, behind `after` where given.
net::Awaitable<Result<UsagePage>> all_usage(Worker& worker, std::optional<TenantId> after,
                                            std::size_t most, Period period);

}  // namespace byok::service
