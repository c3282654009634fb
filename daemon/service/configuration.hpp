// What calls go by: the settings, and what was built of them. A reload makes a new one, and calls
// under way keep the one that they began with.
#pragma once

#include <memory>

#include "daemon/service/catalog.hpp"
#include "daemon/settings.hpp"
#include "daemon/upstream/pool.hpp"

namespace byok::service {

// Immutable: any thread may read it.
struct Configuration {
  daemon::Settings settings;
  Catalog catalog;
};

using ConfigurationPtr = std::shared_ptr<const Configuration>;

inline upstream::Limits upstream_limits(const daemon::Settings& settings) {
  return {settings.upstream.connect_timeout, settings.upstream.first_byte_timeout,
          settings.upstream.idle_timeout, settings.upstream.max_idle};
}

}  // namespace byok::service
