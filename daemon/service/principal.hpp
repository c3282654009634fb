// Who is calling, once that is proved.
#pragma once

#include <optional>

#include "common/crypto.hpp"
#include "common/ids.hpp"
#include "common/token.hpp"

namespace byok::service {

struct Principal {
  bool is_operator = false;
  Scope scope = Scope::chat;  // admin for an operator
  // The tenant that the call is for: a tenant's own, or the one that an operator acts for.
  TenantId tenant;
};

}  // namespace byok::service
