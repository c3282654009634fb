#include "daemon/service/metrics.hpp"

#include <stdexcept>

namespace byok::service {

Metrics::Metrics(std::vector<std::string> routes, std::optional<std::uint32_t> tenants,
                 const ProcessFigures& process)
    : routes_(std::move(routes)), process_(process) {
  if (routes_.size() > WorkerMetrics::most_routes) {
    throw std::logic_error("there are more routes than WorkerMetrics has room for");
  }
  if (tenants) tenants_.emplace(*tenants);
}

WorkerMetrics& Metrics::open() {
  auto opened = std::make_unique<WorkerMetrics>();
  if (tenants_) opened->tenants = std::make_unique<TenantCounts>(*tenants_);
  std::lock_guard lock(mutex_);
  return *workers_.emplace_back(std::move(opened));
}

std::vector<const WorkerMetrics*> Metrics::workers() const {
  std::lock_guard lock(mutex_);
  std::vector<const WorkerMetrics*> workers;
  workers.reserve(workers_.size());
  for (const auto& worker : workers_) workers.push_back(worker.get());
  return workers;
}

std::uint64_t Metrics::add_stale_readers(int more) {
  const auto added = static_cast<std::uint64_t>(more);
  return stale_readers_.fetch_add(added, std::memory_order_relaxed) + added;
}

}  // namespace byok::service
