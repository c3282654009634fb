// A provider's own API with the tenant's key: method, path, query, body, status and answer go
// through unchanged, streaming both ways, at the pace of the slower side.
#pragma once

#include <string_view>

#include "common/error.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

struct PassThrough {
  const Provider& provider;
  std::string_view target;  // path and query under the provider's base URL
  std::string_view body;    // what of it has been read
  bool body_is_whole;
  std::size_t shortened_by = 0;  // bytes cut out of it, for the length that goes on
};

// Makes the call and relays its answer. An error means that nothing has been answered yet.
net::Awaitable<Result<void>> pass_through(Worker& worker, Exchange& exchange, PassThrough call);

}  // namespace byok::service
