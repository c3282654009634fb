// What a provider's refusal becomes on the surface that was asked.
#pragma once

#include <string>
#include <string_view>

#include "daemon/providers/upstream_failure.hpp"
#include "daemon/service/exchange.hpp"

namespace byok::service {

// For somebody who does not speak the provider's language: the API's own error.
Error api_error(std::string_view provider, const providers::UpstreamFailure& failure);

// For OpenAI's clients. `fields` are header lines that go with it.
net::Awaitable<Result<void>> answer_as_openai(Exchange& exchange,
                                              const providers::UpstreamFailure& failure,
                                              const std::string& fields);

}  // namespace byok::service
