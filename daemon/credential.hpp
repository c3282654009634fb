// Secrets that the service manager hands over as files (systemd.exec(5), LoadCredential=):
// decrypted for this process alone, in memory, and named rather than located by the settings.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "daemon/environment.hpp"

namespace byok::daemon {

// What stands before its name where a setting names one.
inline constexpr std::string_view credential_scheme = "credential:";

// Whether a credential can be called so: one part of a path, and not a special one.
bool is_credential_name(std::string_view name);

// Where the credential lies, whether it is there or not. Errc::bad_request, with what to do, where
// byokd was started without $CREDENTIALS_DIRECTORY.
Result<std::filesystem::path> credential_file(std::string_view name,
                                              const Environment& environment);

// The name of the credential that lies there; nothing where this process's service manager has not
// put it there.
std::optional<std::string> credential_at(const std::filesystem::path& file);

// A file of a secret as settings name it: credential:NAME or file:PATH.
std::string source_of(const std::filesystem::path& file);

}  // namespace byok::daemon
