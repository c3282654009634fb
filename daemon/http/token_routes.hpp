// /admin/tenants/{id}/tokens and /admin/tokens: made, listed by pages, revoked.
#pragma once

#include <boost/json/object.hpp>

#include "daemon/http/routes.hpp"
#include "daemon/service/tokens.hpp"

namespace byok::http {

net::Awaitable<Result<Reply>> create_token(service::Worker& worker, service::Exchange& exchange,
                                           const PathParameters& path);
net::Awaitable<Result<Reply>> list_tokens(service::Worker& worker, service::Exchange& exchange,
                                          const PathParameters& path);
net::Awaitable<Result<Reply>> list_operator_tokens(service::Worker& worker,
                                                   service::Exchange& exchange,
                                                   const PathParameters& path);
net::Awaitable<Result<Reply>> revoke_token(service::Worker& worker, service::Exchange& exchange,
                                           const PathParameters& path);

// Adds the page as `tokens`, and as `next` what to ask for behind it, where there may be more.
void add_tokens(boost::json::object& answer, const service::TokenPage& page);

}  // namespace byok::http
