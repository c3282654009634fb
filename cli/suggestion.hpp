// The model that somebody meant whose call failed.
#pragma once

#include <string>

#include "cli/client.hpp"

namespace byok::cli {

// The failure of a call for `model`. Where that is one of the model, and byokd can call another of
// nearly the same name, it says so: for which `client` asks, once and not for long.
Failure with_nearest_model(Client& client, const std::string& model, Failure failure);

}  // namespace byok::cli
