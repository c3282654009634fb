#include "daemon/root_key.hpp"

#include <fmt/format.h>

#include "daemon/credential.hpp"
#include "daemon/vault/root_key_file.hpp"

namespace byok::daemon {

Result<vault::RootKey> load_root_key(const std::filesystem::path& file) {
  auto name = credential_at(file);
  if (!name) return vault::load_root_key_file(file);
  auto loaded = vault::load_root_key_file(file, vault::KeyFileKeeper::service_manager);
  if (loaded || loaded.error().code != Errc::not_found) return loaded;
  return Error{Errc::internal,
               fmt::format("the service manager has handed over no credential {0}: add "
                           "LoadCredential={0} to byokd's unit, or set 'root_key'",
                           *name)};
}

Result<vault::RootKey> make_root_key(const std::filesystem::path& file, uid_t owner) {
  if (!credential_at(file)) return vault::make_root_key_file(file, owner);
  return Error{Errc::bad_request,
               "'root_key' names a credential, which is not byokd's to make: run `systemd-creds "
               "encrypt` over 32 random bytes"};
}

}  // namespace byok::daemon
