// The providers, out of the settings.
#pragma once

#include "common/error.hpp"
#include "daemon/environment.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Reads trust stores and global keys. Fails with a sentence for the operator that names the
// provider.
Result<service::Catalog> build_catalog(const Settings& settings, const Environment& environment);

}  // namespace byok::daemon
