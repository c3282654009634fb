// Which model a passed-through call names: a body's top-level "model", or a part of Google's paths.
#pragma once

#include <string>
#include <string_view>

#include "common/http1/message.hpp"

namespace byok::service {

// Whether the body may be JSON that names a model. Many clients do not say what they send, so only
// what says that it is something else is left alone.
bool may_name_a_model(const http1::RequestHead& head);

// Empty where `body`, or what there is of it, names none.
std::string model_in_body(std::string_view body);

// X in Google's /v1beta/models/X:verb, "%3A" too; empty in other paths.
std::string_view model_in_path(std::string_view path);

}  // namespace byok::service
