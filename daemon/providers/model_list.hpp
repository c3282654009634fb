// Which models a key reaches, as the providers list them.
// Sources: OpenAI's and Anthropic's API references, "List models"; Google's, "models.list".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "daemon/providers/chat.hpp"

namespace byok::providers {

struct ModelPage {
  std::vector<std::string> ids;  // As a call names them.
  std::string next;              // Where the list goes on; empty at its end.
};

// The GET request of the first page, or of the one that `next` names.
UpstreamRequest list_models_request(Format format, std::string_view next = {});

// The body of a 2xx answer. Errc::provider_error where it is no list of models.
Result<ModelPage> parse_model_page(Format format, std::string_view body);

}  // namespace byok::providers
