// A provider key in a request's body, and what a provider's verdict on it lets byokd do.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/provider_keys.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

// The key in the body, as `apiKey` or `key`; nothing where neither is there. Errc::invalid_key;
// Errc::bad_request where both are, or anything else.
Result<std::optional<Secret>> key_in(const JsonBody& body);
// The same of a body that must hold one: Errc::invalid_key.
Result<Secret> required_key_in(const JsonBody& body);

// Asks the provider whether the key is good, before it is stored. What the answer says as
// "verified": true, or "restricted". Errc::key_rejected; Errc::provider_unreachable.
net::Awaitable<Result<boost::json::value>> ask_provider(service::Worker& worker,
                                                        service::Exchange& exchange,
                                                        const service::Provider& provider,
                                                        std::string_view key);

// What is known of a key by that word; null where its provider was not asked.
store::KeyStatus status_by(const boost::json::value& verified);

}  // namespace byok::http
