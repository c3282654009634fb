// POST /admin/rotate: many keys, in batches, each told once it is done.
#pragma once

#include "daemon/http/routes.hpp"

namespace byok::http {

// Answers NDJSON: a line for each key that could not be rotated, a line of counts after each batch,
// the last one with "done". A client that leaves ends it, after the batch under way or the next.
net::Awaitable<Result<Reply>> rotate_due_keys(service::Worker& worker, service::Exchange& exchange,
                                              const PathParameters& path);

}  // namespace byok::http
