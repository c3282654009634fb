// A provider key in a request's body, and what a provider's verdict on it lets byokd do.
#pragma once

#include <boost/json/value.hpp>
#include <optional>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/verify.hpp"

namespace byok::http {

// The key in the body, as `apiKey` or `key`; nothing where neither is there. Errc::invalid_key;
// Errc::bad_request where both are, or anything else.
Result<std::optional<Secret>> key_in(const JsonBody& body);
// The same of a body that must hold one: Errc::invalid_key.
Result<Secret> required_key_in(const JsonBody& body);

// What a verification before storing lets go on, as the word "verified" of the answer: true, or
// "restricted". Errc::key_rejected; Errc::provider_unreachable.
Result<boost::json::value> admit_key(const service::Provider& provider,
                                     providers::KeyVerdict verdict);

}  // namespace byok::http
