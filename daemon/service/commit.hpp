// Waiting for the writer thread without blocking the event loop.
#pragma once

#include <vector>

#include "daemon/service/worker.hpp"

namespace byok::service {

// Runs `step` on the writer's thread and returns, on this worker's, once its outcome is durable.
// What `step` refers to must live until then; it may run more than once (see store::Writer).
net::Awaitable<Result<void>> commit(Worker& worker, store::Writer::Step step);

// The same for several, submitted together so that they share commits; returns once all are
// answered. One that fails takes no other with it.
net::Awaitable<std::vector<Result<void>>> commit_each(Worker& worker,
                                                      std::vector<store::Writer::Step> steps);

}  // namespace byok::service
