// Holds each tenant to so many requests a second and so many in flight, over all workers: one that
// floods the daemon takes nothing from the others.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/error.hpp"
#include "common/ids.hpp"
#include "daemon/store/records.hpp"

namespace byok::service {

// Safe to use from any thread. What a tenant has used is forgotten a second after.
class TenantLimits {
 public:
  using Clock = std::chrono::steady_clock;

  // What a tenant is held to; no number: no such limit. `rps` requests may come at once, and are
  // then made good one by one.
  struct Limits {
    std::optional<std::uint32_t> rps;
    std::optional<std::uint32_t> concurrency;
  };

  // For tenants whose records name no limits of their own.
  TenantLimits(std::optional<std::uint32_t> rps, std::optional<std::uint32_t> concurrency);
  // Likewise, for the requests from here on; what tenants have used stays counted.
  void set(std::optional<std::uint32_t> rps, std::optional<std::uint32_t> concurrency);

  // What a tenant of those overrides is held to.
  Limits in_force(const store::LimitOverrides& overrides) const;

  // A request under way, until this is destroyed; which must be before the TenantLimits is.
  class Admission {
   public:
    Admission(Admission&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), tenant_(other.tenant_) {}
    Admission& operator=(Admission&& other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(tenant_, other.tenant_);
      return *this;
    }
    ~Admission() {
      if (limits_ != nullptr) limits_->release(tenant_);
    }

   private:
    friend class TenantLimits;
    Admission(TenantLimits& limits, const TenantId& tenant) : limits_(&limits), tenant_(tenant) {}

    TenantLimits* limits_;
    TenantId tenant_;
  };

  // Errc::rate_limited, with the time to wait, where the tenant has had its share. `overrides` are
  // those that hold now: what was admitted under others counts.
  Result<Admission> admit(const TenantId& tenant, Clock::time_point at = Clock::now(),
                          const store::LimitOverrides& overrides = {});

  // Tenants that something is remembered of.
  std::size_t remembered();

 private:
  // The generic cell rate algorithm (ITU-T I.371): one moment a tenant tells what a bucket of
  // tokens would.
  struct Use {
    Clock::time_point paid_until;
    std::uint32_t in_flight = 0;
  };
  // Tenants fall into parts by their hashes, so that workers seldom meet at a lock.
  struct Part {
    std::mutex mutex;
    std::unordered_map<TenantId, Use> uses;
    std::size_t forget_at = 64;  // as many uses

    void forget_old(Clock::time_point now);
  };

  Part& part_of(const TenantId& tenant);
  void release(const TenantId& tenant);

  // 0: no limit.
  std::atomic<std::uint32_t> default_rps_ = 0;
  std::atomic<std::uint32_t> default_concurrency_ = 0;
  std::array<Part, 64> parts_;
};

}  // namespace byok::service
