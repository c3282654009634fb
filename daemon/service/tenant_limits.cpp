#include "daemon/service/tenant_limits.hpp"

#include <algorithm>
#include <string>

namespace byok::service {
namespace {

constexpr std::chrono::seconds one_second{1};

Error limited(std::string message, TenantLimits::Clock::duration wait) {
  Error error{Errc::rate_limited, std::move(message)};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  error.set_retry_after(std::to_string(std::max<std::int64_t>(seconds, 1)));
  return error;
}

}  // namespace

TenantLimits::TenantLimits(std::optional<std::uint32_t> a_second,
                           std::optional<std::uint32_t> in_flight) {
  set(a_second, in_flight);
}

void TenantLimits::set(std::optional<std::uint32_t> a_second,
                       std::optional<std::uint32_t> in_flight) {
  const auto between = a_second
                           ? std::chrono::duration_cast<Clock::duration>(one_second) / *a_second
                           : Clock::duration::zero();
  interval_ = between.count();
  in_flight_ = in_flight.value_or(0);
}

Result<TenantLimits::Admission> TenantLimits::admit(const TenantId& tenant, Clock::time_point at) {
  Part& part = part_of(tenant);
  const std::lock_guard lock(part.mutex);
  Use& use = part.uses[tenant];
  const Clock::duration between = interval();
  const std::uint32_t most = in_flight_;
  if (most > 0 && use.in_flight >= most) {
    return limited(
        "this tenant has as many requests in flight as limits.tenant_concurrency allows: "
        "wait for one to end",
        one_second);
  }
  if (between > Clock::duration::zero()) {
    const Clock::time_point from = std::max(use.paid_until, at);
    const Clock::time_point allowed_at = from + between - one_second;
    if (allowed_at > at) {
      return limited(
          "this tenant has made as many requests as limits.tenant_rps allows: try again "
          "later",
          allowed_at - at);
    }
    use.paid_until = from + between;
  }
  ++use.in_flight;
  part.forget_old(at);
  return Admission(*this, tenant);
}

void TenantLimits::release(const TenantId& tenant) {
  Part& part = part_of(tenant);
  const std::lock_guard lock(part.mutex);
  const auto found = part.uses.find(tenant);
  --found->second.in_flight;
  if (found->second.in_flight == 0 && interval() == Clock::duration::zero()) {
    part.uses.erase(found);
  }
}

// As rarely as the table doubles, so that it costs each request next to nothing.
void TenantLimits::Part::forget_old(Clock::time_point now) {
  if (uses.size() < forget_at) return;
  std::erase_if(uses, [now](const auto& entry) {
    return entry.second.in_flight == 0 && entry.second.paid_until <= now;
  });
  forget_at = std::max<std::size_t>(64, 2 * uses.size());
}

std::size_t TenantLimits::remembered() {
  std::size_t sum = 0;
  for (Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    sum += part.uses.size();
  }
  return sum;
}

TenantLimits::Part& TenantLimits::part_of(const TenantId& tenant) {
  return parts_[std::hash<TenantId>()(tenant) % parts_.size()];
}

}  // namespace byok::service
