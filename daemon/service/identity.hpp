// From a bearer token to who is calling.
#pragma once

#include <string_view>

#include "common/error.hpp"
#include "daemon/service/principal.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// Errc::unauthorized, with one and the same message, for a token that is malformed, unknown,
// expired, revoked or not authentic.
Result<Principal> identify(Worker& worker, std::string_view token);

// The one answer to all that fails.
Error unauthorized();

}  // namespace byok::service
