// POST /admin/reload.
#pragma once

#include "daemon/http/routes.hpp"

namespace byok::http {

// {"reloaded":true,"applied":[names],"needsRestart":[names]}; where the configuration is wrong, a
// 400 whose "errors" are all that is wrong with it, a sentence each.
net::Awaitable<Result<Reply>> reload_config(service::Worker& worker, service::Exchange& exchange,
                                            const PathParameters& path);

}  // namespace byok::http
