// A fake provider and a byokd that calls it, with the calls that nearly every test makes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/harness/byokd.hpp"
#include "tests/support/harness/client.hpp"
#include "tests/support/harness/fake_provider.hpp"
#include "tests/support/wire/digest.hpp"

namespace byok::testing {

struct Tenant {
  std::string id;
  std::string token;       // scope full
  std::string chat_token;  // scope chat
};

class World {
 public:
  explicit World(std::vector<std::string> settings = {}, Environment environment = {})
      : byokd(fake, std::move(settings), std::move(environment)) {}

  FakeProvider fake;
  Byokd byokd;

  // As the operator, by the Unix socket; for `tenant` where it is given.
  Response admin(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::string& tenant = "") const;
  // With a bearer token, by TCP. No token: no Authorization.
  Response ask(const std::string& token, const std::string& method, const std::string& target,
               const std::string& body = "", Headers headers = {}) const;

  // Makes a tenant with a token of each scope; throws where byokd does not answer as it must.
  Tenant make_tenant(const std::string& id, const std::string& body_rest = "") const;
  // The text of a new token of that tenant; `rest` is more members of the body (",\"expires\":…").
  std::string make_token(const std::string& tenant, const std::string& scope,
                         const std::string& rest = "") const;
  // Stores a key; throws where that fails.
  void put_key(const Tenant& tenant, const std::string& provider, const std::string& key) const;
  // The DEK version of a stored key, as the operator sees it.
  std::uint64_t dek_version(const std::string& tenant, const std::string& provider) const;
};

// "Authorization: Bearer TOKEN" and a JSON content type, plus `more`.
Headers bearer(const std::string& token, Headers more = {});

// A provider key that no other test has: the prefix and 32 random characters.
std::string make_key(std::string_view prefix);
// `size` random characters of hex.
std::string random_text(std::size_t size);

// OpenAI's chat body; /ai/chat takes the same.
std::string chat_body(std::string_view model, std::string_view text, bool stream = false);

// The `data:` lines of a stream, in order.
std::vector<std::string> events_of(std::string_view body);

}  // namespace byok::testing
