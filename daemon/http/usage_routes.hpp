// The handlers of /ai/usage and /admin/usage; the tables of the two roots name them.
#pragma once

#include "daemon/http/routes.hpp"

namespace byok::http {

net::Awaitable<Result<Reply>> show_usage(service::Worker&, service::Exchange&,
                                         const PathParameters&);
net::Awaitable<Result<Reply>> show_all_usage(service::Worker&, service::Exchange&,
                                             const PathParameters&);

}  // namespace byok::http
