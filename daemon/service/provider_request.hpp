// One call of byokd's own to a provider, its answer read whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "daemon/providers/chat.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/upstream/call.hpp"

namespace byok::service {

inline constexpr std::size_t longest_answer = 64 * 1024 * 1024;

// The head of a call that is not a caller's own: the content type, `headers`, and the credential.
SecretText request_head(std::string_view method, const Provider& provider, std::string_view path,
                        const std::vector<providers::RequestHeader>& headers, const CallKey& key,
                        std::size_t body_size);

// All that is left of an answer's body. Errc::provider_error where it breaks off or is over
// longest_answer.
net::Awaitable<Result<std::string>> read_all(upstream::Call& call);

}  // namespace byok::service
