// What the workers have counted, summed up and written.
#pragma once

#include "daemon/metrics/text.hpp"
#include "daemon/service/metrics.hpp"

namespace byok::service {

// `show_tenants_tokens`: those of calls with tenants' own keys too.
void write_workers(metrics::TextWriter& out, const Metrics& metrics, bool show_tenants_tokens);

}  // namespace byok::service
