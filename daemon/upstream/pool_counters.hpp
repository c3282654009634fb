// What one worker counts of its connections to one provider.
#pragma once

#include "daemon/metrics/counter.hpp"

namespace byok::upstream {

struct PoolCounters {
  metrics::Gauge open;        // idle and busy ones, and those that are being made
  metrics::Gauge idle;        // kept for the next call
  metrics::Counter connects;  // tried
  metrics::Counter failures;  // of those
  metrics::Counter reuses;
};

}  // namespace byok::upstream
