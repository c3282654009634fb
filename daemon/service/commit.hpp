// Waiting for the writer thread without blocking the event loop.
#pragma once

#include <vector>

#include "daemon/audit/trail.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// Runs `step` on the writer's thread and returns, on this worker's, once its outcome is durable.
// What `step` refers to must live until then; it may run more than once (see store::Writer). Where
// it succeeds, `change` is in the audit log before anything of it is kept: Errc::audit_unavailable
// where that cannot be.
net::Awaitable<Result<void>> commit(Worker& worker, audit::Record change, store::Writer::Step step);

// For what changes nothing that an audit asks for (when a key was last used, say), and for steps
// that tell the trail of their change themselves.
net::Awaitable<Result<void>> commit_untold(Worker& worker, store::Writer::Step step);

// The same for several, which tell the trail of their changes themselves, submitted together so
// that they share commits; returns once all are answered. One that fails takes no other with it.
net::Awaitable<std::vector<Result<void>>> commit_each(Worker& worker,
                                                      std::vector<store::Writer::Step> steps);

}  // namespace byok::service
