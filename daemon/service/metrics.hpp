// All that is counted: each worker's own counts, and what they have in common.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/time.hpp"
#include "daemon/service/process_figures.hpp"
#include "daemon/service/tenant_counts.hpp"
#include "daemon/service/worker_metrics.hpp"

namespace byok::service {

// Safe to use from any thread.
class Metrics {
 public:
  // `routes` are the names of the routes by their numbers, WorkerMetrics::most_routes at most.
  // `tenants`: how many are counted by themselves; none: nothing is counted by tenant. `process`
  // outlives this.
  Metrics(std::vector<std::string> routes, std::optional<std::uint32_t> tenants,
          const ProcessFigures& process);

  // One worker's. It lives as long as this.
  WorkerMetrics& open();

  std::vector<const WorkerMetrics*> workers() const;
  const std::vector<std::string>& routes() const { return routes_; }
  const TenantNames* tenants() const { return tenants_ ? &*tenants_ : nullptr; }
  const ProcessFigures& process() const { return process_; }

  // The last second of the certificate that clients are shown; nothing where none is.
  void tell_certificate(UnixTime not_after) { certificate_not_after_ = not_after; }
  std::optional<UnixTime> certificate_not_after() const {
    const UnixTime told = certificate_not_after_;
    return told == 0 ? std::nullopt : std::optional(told);
  }

  // Adds to the readers of the database that had died; gives all of them so far.
  std::uint64_t add_stale_readers(int more);

 private:
  const std::vector<std::string> routes_;
  std::optional<TenantNames> tenants_;
  const ProcessFigures& process_;
  std::atomic<std::uint64_t> stale_readers_{0};
  std::atomic<UnixTime> certificate_not_after_{0};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<WorkerMetrics>> workers_;
};

}  // namespace byok::service
