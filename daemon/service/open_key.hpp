// The key that a call is made with.
#pragma once

#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/worker.hpp"
#include "daemon/store/records.hpp"

namespace byok::service {

using store::KeySource;

std::string_view source_name(KeySource source);

struct CallKey {
  Secret secret;
  KeySource source;
  std::uint64_t version = 0;  // of the tenant's DEK that it was sealed under
};

// Opens the tenant's own key. Errc::key_not_found where it has none, Errc::key_unreadable where
// what is stored is not what was stored, Errc::tenant_not_found.
Result<Secret> open_key(const vault::Vault& vault, const store::TenantView& view,
                        const store::TenantRecord& record, const ProviderId& provider);

// What is known of how a call's key fared; for the tenant's own keys alone.
void note_use(Worker& worker, const TenantId& tenant, const Provider& provider, KeySource source,
              std::uint64_t version, providers::KeyVerdict verdict);

// The tenant's own key; else, where the tenant may use it, the operator's; else
// Errc::no_provider_key. A key that is there and does not open is an error, never replaced.
Result<CallKey> choose_key(Worker& worker, const TenantId& tenant, const Provider& provider);

// The key once more, for another try of a call that was begun with one from `source`: a key from
// elsewhere would not fit what the call was allowed. Errc::no_provider_key where it is gone.
Result<CallKey> choose_same_key(Worker& worker, const TenantId& tenant, const Provider& provider,
                                KeySource source);

}  // namespace byok::service
