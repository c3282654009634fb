// Embeddings of any provider that has them, on byokd's own surface and on OpenAI's.
#pragma once

#include <string_view>

#include "common/error.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// POST /ai/embeddings. An error means that nothing has been answered yet.
net::Awaitable<Result<void>> ai_embeddings(Worker& worker, Exchange& exchange);

// POST /v1/embeddings for a model that is not OpenAI's. `body`, and what `choice` refers to,
// outlive the call.
net::Awaitable<Result<void>> openai_embeddings(Worker& worker, Exchange& exchange,
                                               std::string_view body, ModelChoice choice);

}  // namespace byok::service
