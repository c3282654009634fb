// What a tenant may do with the operator's global key: inference, and nothing that reaches data
// stored at the provider, which may be the operator's or another tenant's.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "daemon/providers/format.hpp"

namespace byok::providers {

// `path` is what follows the provider's base URL, as it arrived and without the query. `method` is
// upper case. An allow-list: what is not known is refused.
bool global_key_may_call(Format format, std::string_view method, std::string_view path);

// False for models that belong to an account (fine-tuned, tuned).
bool global_key_may_use_model(std::string_view model);

// The body to be sent with the global key: the same bytes, or with "store":false set where the
// provider would otherwise keep the answer. Errc::global_key_not_allowed where it names stored
// state or asks to store; Errc::invalid_json where it is not a JSON object or has a member twice.
Result<std::string> body_for_global_key(Format format, std::string_view path,
                                        std::string_view body);

// Whether that GET answers with a list of models.
bool lists_models(Format format, std::string_view path);

// Such a list without the models that belong to the operator's account. Errc::provider_error where
// it is no list of models.
Result<std::string> models_for_global_key(Format format, std::string_view body);

// True for a header that names the operator's organization, project or workspace: it must neither
// come from a tenant nor reach one. Case does not matter.
bool global_key_drops_header(std::string_view name);

}  // namespace byok::providers
