// byokd's own endpoints: the table that the router reads, and the handlers that it names.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "common/error.hpp"
#include "daemon/http/reply.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

// Who may call a route.
enum class Access {
  anyone,       // without credentials
  link_holder,  // with the secret of a hand-over link, which the handler itself looks at
  caller,       // any valid principal
  manager,      // a tenant's token of scope full, or an operator
  operators     // an operator
};

// What stood for the {…} of the route's pattern, in order; not decoded, since ids need no encoding.
using PathParameters = std::array<std::string_view, 2>;

using Handler = net::Awaitable<Result<Reply>> (*)(service::Worker&, service::Exchange&,
                                                  const PathParameters&);

struct Route {
  std::string_view method;
  std::string_view pattern;
  Access access;
  Handler handler;
  std::string_view query = {};  // the names that its query may have, separated by blanks
};

std::span<const Route> tenant_routes();    // /ai
std::span<const Route> operator_routes();  // /admin
std::span<const Route> handover_routes();  // /links
std::span<const Route> public_routes();    // /health, /ready, /metrics
std::span<const Route> page_routes();      // /openapi.json, /settings

}  // namespace byok::http
