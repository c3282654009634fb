// A use of a key or token, and what is written of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/crypto.hpp"
#include "common/ids.hpp"
#include "common/time.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/store/records.hpp"
#include "daemon/store/store.hpp"

namespace byok::service {

// One use of a stored key.
struct KeyUse {
  TenantId tenant;
  ProviderId provider;
  std::uint64_t version;  // of the DEK that it was sealed under: another key has another one
  providers::KeyVerdict verdict = providers::KeyVerdict::unknown;
};

// Nothing where it tells nothing of the key.
std::optional<store::KeyStatus> status_of(providers::KeyVerdict verdict);

// A record of key_state; what nothing is written of, or nothing legible, was never used.
store::KeyState state_of(std::optional<std::string_view> bytes);

// Writes that down, as used at that time; nothing where the key has been replaced or deleted since.
// A verdict that is unknown leaves the key's status as it is.
void write_use(store::WriteTxn& txn, const KeyUse& use, UnixTime used_at);
// The same of a token.
void write_use(store::WriteTxn& txn, const crypto::Digest& token, UnixTime used_at);

}  // namespace byok::service
