#include "daemon/service/tenant_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/human.hpp"

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

TenantLimits::TenantLimits(std::optional<std::uint32_t> rps,
                           std::optional<std::uint32_t> concurrency) {
  set(rps, concurrency);
}

void TenantLimits::set(std::optional<std::uint32_t> rps, std::optional<std::uint32_t> concurrency) {
  default_rps_ = rps.value_or(0);
  default_concurrency_ = concurrency.value_or(0);
}

TenantLimits::Limits TenantLimits::in_force(const store::LimitOverrides& overrides) const {
  const auto choose = [](std::optional<std::uint32_t> own, std::uint32_t common) {
    const std::uint32_t most = own.value_or(common);
    return most == 0 ? std::nullopt : std::optional(most);
  };
  return {choose(overrides.rps, default_rps_), choose(overrides.concurrency, default_concurrency_)};
}

Result<TenantLimits::Admission> TenantLimits::admit(const TenantId& tenant, Clock::time_point at,
                                                    const store::LimitOverrides& overrides) {
  const Limits limits = in_force(overrides);
  Part& part = part_of(tenant);
  const std::lock_guard lock(part.mutex);
  Use& use = part.uses[tenant];
  if (limits.concurrency && use.in_flight >= *limits.concurrency) {
    return limited(fmt::format("this tenant has {} in flight, as many as it may have: wait for one "
                               "to end",
                               counted(use.in_flight, "request")),
                   one_second);
  }
  if (limits.rps) {
    const auto interval = std::chrono::duration_cast<Clock::duration>(one_second) / *limits.rps;
    const Clock::time_point from = std::max(use.paid_until, at);
    const Clock::time_point allowed_at = from + interval - one_second;
    if (allowed_at > at) {
      return limited(fmt::format("this tenant may make {} a second, and has made them: try again "
                                 "later",
                                 counted(*limits.rps, "request")),
                     allowed_at - at);
    }
    use.paid_until = from + interval;
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
  const bool paid = found->second.paid_until != Clock::time_point();
  if (found->second.in_flight == 0 && !paid) part.uses.erase(found);
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
