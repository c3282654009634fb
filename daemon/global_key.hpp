// The operator's own provider keys, with which tenants call who have none.
#pragma once

#include <optional>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/environment.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Nothing where none is configured, or where a built-in provider's own variable
// (OPENAI_API_KEY and its kin) is unset or empty. Fails with Errc::invalid_key where the configured
// source is missing, a file that others can read, or holds anything but one key of 8 to 4,096
// visible ASCII characters (white space around it is trimmed); the message never repeats what was
// found.
Result<std::optional<Secret>> resolve_global_key(const ProviderSetting& provider,
                                                 const Environment& environment);

// Wipes the variables that global keys were taken from, in `environment` and where the system put
// them at start, which /proc/PID/environ shows. Call it once all of them have been resolved, and
// before the first thread is started.
void forget_global_keys(const Settings& settings, Environment& environment);

}  // namespace byok::daemon
