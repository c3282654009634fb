// POST /admin/import.
#pragma once

#include "daemon/http/routes.hpp"

namespace byok::http {

// NDJSON in, NDJSON out: each line answered in order, behind the commit that made it durable.
// Streams both ways, so that a file of any length takes the memory of a batch.
net::Awaitable<Result<Reply>> import_tenants(service::Worker& worker, service::Exchange& exchange,
                                             const PathParameters& path);

}  // namespace byok::http
