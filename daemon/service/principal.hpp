// Who is calling, once that is proved.
#pragma once

#include <optional>

#include "common/crypto.hpp"
#include "common/ids.hpp"
#include "common/token.hpp"

namespace byok::service {

// How the audit log calls whoever has proved to be somebody: a token's id, "uid 1000", or "cert
// NAME" with a certificate's common name, which has up to 250 bytes (see config_table.cpp).
class CallerName : public ShortText<255> {
 public:
  CallerName() = default;
  explicit CallerName(std::string_view name) : ShortText(name.substr(0, 255)) {}
};

struct Principal {
  bool is_operator = false;
  Scope scope = Scope::chat;  // admin for an operator
  // The tenant that the call is for: a tenant's own, or the one that an operator acts for.
  TenantId tenant;
  CallerName caller;
};

}  // namespace byok::service
