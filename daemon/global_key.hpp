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

}  // namespace byok::daemon
