// A provider's own API with the tenant's key: method, path, query, body, status and answer go
// through unchanged, streaming both ways, at the pace of the slower side. One thing is added: a
// sign of life between the events of a stream whose provider is silent.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "daemon/service/exchange.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

struct PassThrough {
  const Provider* provider;
  std::string_view target;      // path and query under the provider's base URL
  std::string_view received;    // what of the body has been read
  bool body_is_whole;           // and that it is all of it
  std::string model{};          // that the call names; empty where that is not known
  bool may_name_model = false;  // in what is still to come of the body
  std::string rewritten{};      // goes on instead of what was received; empty where nothing does

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view body() const {
    return rewritten.empty() ? received : std::string_view(rewritten);
  }
};

// Makes the call and relays its answer. An error means that nothing has been answered yet. What
// `call` refers to outlives it.
net::Awaitable<Result<void>> pass_through(Worker& worker, Exchange& exchange, PassThrough call);

}  // namespace byok::service
