#include "daemon/service/tenant_counts.hpp"

namespace byok::service {

std::size_t TenantNames::place_of(const TenantId& tenant) {
  // One of that name would look like all the others.
  if (tenant.view() == "other") return most_;
  if (full_.load(std::memory_order_acquire)) {
    const auto found = places_.find(tenant);
    return found == places_.end() ? most_ : found->second;
  }
  std::lock_guard lock(mutex_);
  const auto found = places_.find(tenant);
  if (found != places_.end()) return found->second;
  if (places_.size() == most_) return most_;
  const std::size_t place = places_.size();
  places_.emplace(tenant, place);
  if (places_.size() == most_) full_.store(true, std::memory_order_release);
  return place;
}

std::vector<std::string> TenantNames::names() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names(places_.size());
  for (const auto& [tenant, place] : places_) names[place] = tenant.view();
  return names;
}

void TenantCounts::count(const TenantId& tenant, std::size_t status_class) {
  const auto found = known_.find(tenant);
  std::size_t place = names_.most();
  if (found != known_.end()) {
    place = found->second;
  } else {
    place = names_.place_of(tenant);
    if (place < names_.most()) known_.emplace(tenant, place);
  }
  counts_[place][status_class].add();
}

}  // namespace byok::service
