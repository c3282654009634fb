// The root key in a file of its own: read with care, and made once.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>

#include "common/error.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::vault {

// Who keeps the file: byokd's operator, or the service manager for byokd alone, whose files show by
// their mode what an access list gives byokd as if it were their group's.
enum class KeyFileKeeper { operator_, service_manager };

// Reads the key: exactly 32 bytes, or their base64 (RFC 4648 section 4) with or without a newline
// behind it. Errc::not_found where there is no such file; Errc::internal where it cannot be read,
// is no regular file (a symbolic link included), belongs to someone who is neither root nor this
// process's user, is open to group or others (a service manager's: to others, or for the group to
// write), or holds anything else. Each message names the file and the mend.
Result<RootKey> load_root_key_file(const std::filesystem::path& file,
                                   KeyFileKeeper keeper = KeyFileKeeper::operator_);

// Makes a new key and writes it (32 bytes, mode 0600), on disk before it returns; the folders that
// it lacks are made, too (0700). All of that belongs to `owner`. Errc::internal where the file
// exists already, which is then left as it is, or cannot be written, with no file left behind.
Result<RootKey> make_root_key_file(const std::filesystem::path& file, uid_t owner = ::geteuid());

}  // namespace byok::vault
