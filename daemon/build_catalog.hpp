// The providers, out of the settings.
#pragma once

#include "common/error.hpp"
#include "daemon/environment.hpp"
#include "daemon/global_key.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Reads trust stores and global keys. Fails with a line for each provider that something is wrong
// with, and where that was set.
Result<service::Catalog> build_catalog(const Settings& settings, const Environment& environment,
                                       const KeptKeys& kept);

}  // namespace byok::daemon
