// The operator's own provider keys, with which tenants call who have none.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/environment.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// What variables held, by their names, once the environment holds it no more.
using KeptKeys = std::map<std::string, Secret, std::less<>>;

// Nothing where none is configured, or where a built-in provider's own variable
// (OPENAI_API_KEY and its kin) is unset or empty. Fails with Errc::invalid_key where the configured
// source is missing or a credential that was not handed over, a file that others can read, or holds
// anything but one key of 8 to 4,096 visible ASCII characters (white space around it is trimmed);
// the message never repeats what was found.
//
// `kept` is looked into before the environment.
Result<std::optional<Secret>> resolve_global_key(const ProviderSetting& provider,
                                                 const Environment& environment,
                                                 const KeptKeys& kept = {});

// Moves the variables that global keys were taken from out of `environment` into `kept`, and wipes
// them where the system put them at start, which /proc/PID/environ shows: they are empty then. Call
// it once all of them have been resolved.
void keep_global_keys(const Settings& settings, Environment& environment, KeptKeys& kept);

// The file that `global_key` names, a credential's too; empty where it names none.
std::filesystem::path global_key_file(const ProviderSetting& provider);

}  // namespace byok::daemon
