// What a call does between its head and its provider's: from the caller's token to the opened
// provider key. Nothing of it is kept for the next call.
#pragma once

#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/crypto.hpp"
#include "common/token.hpp"
#include "daemon/service/authentic.hpp"
#include "daemon/service/open_key.hpp"

namespace byok::bench {

// Throws where the token or its tenant's key for `provider` is not there, or does not open.
inline Secret open_key_of(std::string_view token, store::Reader& reader, const vault::Vault& vault,
                          const ProviderId& provider) {
  if (!token_scope(token)) throw std::runtime_error("no token");
  store::ReadTxn txn = reader.begin();
  const auto record = service::load_token(vault, txn, crypto::sha256(token));
  if (!record || !record->tenant) throw std::runtime_error("an unknown token");
  const store::TenantView view = txn.tenant(*record->tenant);
  const auto tenant = service::load_tenant(vault, view);
  if (!tenant) throw std::runtime_error("an unknown tenant");
  auto key = service::open_key(vault, view, *tenant, provider);
  if (!key) throw std::runtime_error("a key that does not open");
  return std::move(*key);
}

}  // namespace byok::bench
