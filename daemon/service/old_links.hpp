// Links that are over are kept for a month, for whoever asks what became of them, and no longer.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/store/store.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::service {

inline constexpr UnixTime old_links_kept = UnixTime{30} * 24 * 3600;  // seconds

// Erases those that were used, revoked or expired that long before `at`, among a few links: those
// behind the id `behind`, and going on with the first. Where that is a new link's, which is random,
// each link has its turn sooner or later, and it costs each new link the same. Returns how many.
std::size_t clear_old_links(const vault::Vault& vault, store::WriteTxn& txn,
                            std::string_view behind, UnixTime at);

}  // namespace byok::service
