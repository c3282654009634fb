// Requests by tenant, where the operator wants them: of so many tenants each for itself, and of all
// others together.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/ids.hpp"
#include "daemon/metrics/counter.hpp"

namespace byok::service {

// As the first digit of an answer's status tells it.
inline constexpr std::array<std::string_view, 5> status_class_names = {"2xx", "3xx", "4xx", "5xx",
                                                                       "none"};
std::size_t status_class_number(int status);

// Which tenants are counted by themselves: the first that call, since no later one may take the
// place of a series that is being read. Any thread.
class TenantNames {
 public:
  explicit TenantNames(std::size_t most) : most_(most) {}

  std::size_t most() const { return most_; }
  // Its place, from 0; most() for one that has none.
  std::size_t place_of(const TenantId& tenant);
  // Those that have one, by place.
  std::vector<std::string> names() const;

 private:
  const std::size_t most_;
  std::atomic<bool> full_{false};  // from then on the map changes no more
  mutable std::mutex mutex_;
  std::unordered_map<TenantId, std::size_t> places_;
};

// One worker's counts.
class TenantCounts {
 public:
  // `names` outlives this.
  explicit TenantCounts(TenantNames& names) : names_(names), counts_(names.most() + 1) {}

  // The worker's thread only. Takes a lock where a tenant is new to this worker and places are
  // left.
  void count(const TenantId& tenant, std::size_t status_class);
  std::uint64_t value(std::size_t place, std::size_t status_class) const {
    return counts_[place][status_class].value();
  }

 private:
  TenantNames& names_;
  std::unordered_map<TenantId, std::size_t> known_;
  std::vector<std::array<metrics::Counter, status_class_names.size()>> counts_;
};

}  // namespace byok::service
