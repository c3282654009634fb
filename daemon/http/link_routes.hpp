// /admin/links: the operator's side of handing over keys by links.
#pragma once

#include "daemon/http/routes.hpp"

namespace byok::http {

net::Awaitable<Result<Reply>> create_link(service::Worker& worker, service::Exchange& exchange,
                                          const PathParameters& path);
net::Awaitable<Result<Reply>> list_links(service::Worker& worker, service::Exchange& exchange,
                                         const PathParameters& path);
net::Awaitable<Result<Reply>> show_link(service::Worker& worker, service::Exchange& exchange,
                                        const PathParameters& path);
net::Awaitable<Result<Reply>> revoke_link(service::Worker& worker, service::Exchange& exchange,
                                          const PathParameters& path);

}  // namespace byok::http
