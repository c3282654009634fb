// Asking a provider whether a key is any good.
#pragma once

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// Never an error: a provider that cannot be reached tells nothing of the key. It ends with the
// client, whose body has been read.
net::Awaitable<providers::KeyVerdict> verify_key(Worker& worker, Exchange& exchange,
                                                 const Provider& provider, std::string_view key);

// Likewise for the key that the tenant of the request has stored. Errc::key_not_found,
// Errc::key_unreadable.
net::Awaitable<Result<providers::KeyVerdict>> verify_stored_key(Worker& worker, Exchange& exchange,
                                                                const Provider& provider);

}  // namespace byok::service
