// Which of a provider's calls are inference: chats, embeddings, and what models there are. The rest
// reaches what is stored at the provider, or its account.
#pragma once

#include <string_view>

#include "daemon/providers/format.hpp"

namespace byok::providers {

// Whether that model, as a path names it, may be used.
using ModelRule = bool (*)(std::string_view model);
bool any_model(std::string_view model);

// `path` is what follows the provider's base URL, as it arrived and without the query. `method` is
// upper case. An allow-list: what is not known is refused.
bool is_inference(Format format, std::string_view method, std::string_view path,
                  ModelRule may_use = any_model);

}  // namespace byok::providers
