// What is left of a request once it has been served: its counts, and its line in the log.
#pragma once

#include <cstddef>
#include <cstdint>

#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

struct ServedRequest {
  std::size_t route;  // see route_names.hpp
  int status;         // 0: nothing was answered
  std::uint64_t received_bytes;
  std::uint64_t sent_bytes;
  bool whole;  // the answer was sent to its end
};

// Called once a request, when it is over. The line is written at level debug, or info where
// log.requests is set; of what the client sent it holds nothing but the trace's id.
void record(service::Worker& worker, const service::Exchange& exchange,
            const ServedRequest& served);

}  // namespace byok::http
