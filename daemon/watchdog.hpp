// How often the service manager wants to hear that byokd is alive (sd_watchdog_enabled(3)).
#pragma once

#include <chrono>
#include <optional>

#include "daemon/environment.hpp"

namespace byok::daemon {

// A third of the time after which it would take `process` for dead, so that one word that comes
// late is no end. Nothing where it does not wait for any, or for another process's.
std::optional<std::chrono::milliseconds> watchdog_interval(const Environment& environment,
                                                           int process);

}  // namespace byok::daemon
