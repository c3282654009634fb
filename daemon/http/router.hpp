// From a request to what answers it: routes are rows of a table, and authentication and dispatch
// look at the same, once parsed, path.
#pragma once

#include "daemon/http/connection.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

// Serves the request that `connection` holds. Answers errors in the shape of the surface that was
// called; what is thrown is logged and answered with a 500 that says nothing.
net::Awaitable<void> serve_request(service::Worker& worker, Connection& connection);

// The same for a listener that serves /metrics, /health and /ready, to anybody, and nothing else.
net::Awaitable<void> serve_metrics_request(service::Worker& worker, Connection& connection);

}  // namespace byok::http
