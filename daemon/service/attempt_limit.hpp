// Slows down whoever tries one thing after another: ten attempts at once, then one in six seconds,
// for each source.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string_view>

#include "common/error.hpp"

namespace byok::service {

// Safe to use from any thread. Of fixed size: sources that meet in a place by their hashes share
// their attempts, so it is for refusing what fails anyway, or what may wait.
class AttemptLimit {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr int at_once = 10;
  static constexpr std::chrono::seconds interval{6};

  // Counts an attempt. Errc::rate_limited with `message` and the time to wait, and nothing counted,
  // where there were too many.
  Result<void> count(std::string_view source, const char* message,
                     Clock::time_point at = Clock::now());

 private:
  // The generic cell rate algorithm (ITU-T I.371), as in TenantLimits.
  std::array<std::atomic<Clock::rep>, 1024> paid_until_{};
};

}  // namespace byok::service
