// The metrics as they are asked for.
#pragma once

#include <string>

#include "daemon/service/worker.hpp"

namespace byok::service {

// Prometheus' text. Names no tenant but those that the operator asked for, no model and no key.
// A database that does not answer is told of, and what it would have told left out.
std::string metrics_text(const Worker& worker);

}  // namespace byok::service
