// POST /ai/chat: one shape for every provider's models, translated both ways.
#pragma once

#include "common/error.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// Reads the request, makes the call and answers, streamed where that was asked for. An error means
// that nothing has been answered yet.
net::Awaitable<Result<void>> chat(Worker& worker, Exchange& exchange);

}  // namespace byok::service
