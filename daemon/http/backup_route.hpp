// GET /admin/backup: the database as a stream that proves itself (daemon/backup/stream.hpp).
#pragma once

#include "daemon/http/routes.hpp"

namespace byok::http {

net::Awaitable<Result<Reply>> send_backup(service::Worker& worker, service::Exchange& exchange,
                                          const PathParameters& path);

}  // namespace byok::http
