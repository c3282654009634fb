// POST /v1/chat/completions for a model that is not OpenAI's: translated both ways, so that
// OpenAI's SDKs call every provider.
#pragma once

#include <string_view>

#include "common/error.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// `body` is the whole request body and outlives the call. An error means that nothing has been
// answered yet.
net::Awaitable<Result<void>> chat_completions(Worker& worker, Exchange& exchange,
                                              std::string_view body, ModelChoice choice);

}  // namespace byok::service
