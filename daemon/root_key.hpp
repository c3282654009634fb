// The root key of the setting root_key: a file of byokd's own, or a credential.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>

#include "common/error.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::daemon {

// Errc::not_found where a file is missing that may still be made; otherwise Errc::internal, with
// what to do: a credential that is missing is the service manager's to hand over.
Result<vault::RootKey> load_root_key(const std::filesystem::path& file);

// Makes the file, as vault::make_root_key_file() does. Errc::bad_request where it is to be a
// credential.
Result<vault::RootKey> make_root_key(const std::filesystem::path& file, uid_t owner = ::geteuid());

}  // namespace byok::daemon
