// For work that takes longer than others should wait.
#pragma once

#include "daemon/service/worker.hpp"

namespace byok::service {

// Lets the worker serve whatever else is ready. No transaction is open meanwhile.
net::Awaitable<void> pause(Worker& worker);

}  // namespace byok::service
