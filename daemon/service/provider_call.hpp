// What a request to a provider is made of: the head with the credential in it, and which fields
// travel either way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http1/message.hpp"
#include "common/secret.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/open_key.hpp"

namespace byok::service {

// Builds one request head; its buffer wipes itself, since it holds the credential.
class RequestHeadWriter {
 public:
  // `target` is what follows the provider's base path.
  RequestHeadWriter(std::string_view method, const Provider& provider, std::string_view target);

  void add(std::string_view name, std::string_view value);
  // The caller's fields but for credentials, cookies, hop-by-hop, forwarding and byokd's own ones;
  // with the operator's key also those that name an organization.
  void add_callers(const http1::Fields& fields, KeySource source);
  // The provider's credential and the length: nothing for a request without a body.
  SecretText finish(const CallKey& key, std::optional<std::uint64_t> length, bool chunked) &&;

 private:
  const Provider& provider_;
  SecretText out_{1024};
};

// The lines of an answer's fields that go on to the client: all but hop-by-hop, framing and
// X-Byok-*, and, with the operator's key, those that name the operator's account. Then
// X-Byok-Provider and X-Byok-Key-Source.
std::string answer_fields(const http1::Fields& fields, const Provider& provider, KeySource source);

// The same for an answer whose body byokd writes anew: of the provider's fields only its limits and
// its id for the call, and none with the operator's key.
std::string rewritten_answer_fields(const http1::Fields& fields, const Provider& provider,
                                    KeySource source);

// The line that tells which parameters the model did not take: X-Byok-Dropped with their names, as
// far as a header may hold them; empty where there are none.
std::string dropped_field(const std::vector<std::string>& names);

}  // namespace byok::service
