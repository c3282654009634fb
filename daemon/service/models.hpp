// Which models a tenant can call now.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/open_key.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

struct CallableModel {
  std::string id;  // as a call names it, with the provider's name before it where that is needed
  const Provider* provider;
  KeySource source;
};

// Asks each provider that there is a key for, or remembers what it said minutes ago to the same
// key. A provider that gives no list is left out; an error where none does.
net::Awaitable<Result<std::vector<CallableModel>>> list_models(Worker& worker, Exchange& exchange);

}  // namespace byok::service
