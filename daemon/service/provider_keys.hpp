// A tenant's provider keys: stored, listed masked, re-encrypted, deleted. Each change is one
// atomic, durable step, told to the audit log; calls under way go on with the key that they began
// with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/store/records.hpp"

namespace byok::service {

struct KeyListing {
  ProviderId provider;
  std::string masked_key;  // "..." where the key is short or does not open
  UnixTime set_at;
  UnixTime rotated_at;    // 0: never
  UnixTime last_used_at;  // 0: never
  std::string status;     // active, restricted, rejected, unreadable
};

// The first five characters of a key and its last three; "..." where it is short.
std::string mask_key(std::string_view key);

// Stores `key` under a new DEK, in place of an earlier one. `status` is what is known of it.
net::Awaitable<Result<void>> put_key(Worker& worker, audit::Actor actor, TenantId tenant,
                                     ProviderId provider, Secret key, store::KeyStatus status);

// Errc::tenant_not_found. A key that does not open is listed as unreadable.
Result<std::vector<KeyListing>> list_keys(Worker& worker, const TenantId& tenant);

struct NewKey {
  Secret secret;
  store::KeyStatus status;  // what is known of it
};

// Re-encrypts the stored key under a new DEK, or puts `replacement` in its place. Returns when.
// Errc::key_not_found.
net::Awaitable<Result<UnixTime>> rotate_key(Worker& worker, audit::Actor actor, TenantId tenant,
                                            ProviderId provider, std::optional<NewKey> replacement);

// Deletes the key and destroys its DEK. Errc::key_not_found.
net::Awaitable<Result<void>> delete_key(Worker& worker, audit::Actor actor, TenantId tenant,
                                        ProviderId provider);

// The step behind put_key, for those who join it with others in one transaction. `record` is the
// tenant's, which the caller saves.
void store_key(const vault::Vault& vault, store::TenantEdit& edit, store::TenantRecord& record,
               const ProviderId& provider, std::string_view secret, UnixTime set_at,
               UnixTime rotated_at);

}  // namespace byok::service
