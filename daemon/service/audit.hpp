// What the use cases tell the audit log, and read of it.
#pragma once

#include <string>
#include <vector>

#include "daemon/audit/reading.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// Who asks.
audit::Actor actor_of(const Exchange& exchange);

// A stored record that a listing comes upon and that is not what byokd wrote: to the log at once,
// to the audit log by its number. No provider: a tenant's own record.
void tell_unreadable(Worker& worker, const TenantId& tenant, std::string_view provider);

// The last `most` lines, oldest first; unproved.
std::vector<std::string> audit_tail(Worker& worker, std::size_t most);
// Proves what there is now, from the line `from` on.
net::Awaitable<audit::Verdict> verify_audit(Worker& worker, std::uint64_t from);

}  // namespace byok::service
