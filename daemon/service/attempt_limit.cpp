#include "daemon/service/attempt_limit.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

namespace byok::service {

Result<void> AttemptLimit::count(std::string_view source, const char* message,
                                 Clock::time_point at) {
  constexpr Clock::rep step = std::chrono::duration_cast<Clock::duration>(interval).count();
  std::atomic<Clock::rep>& place =
      paid_until_[std::hash<std::string_view>()(source) % paid_until_.size()];
  const Clock::rep now = at.time_since_epoch().count();
  Clock::rep paid = place.load();
  for (;;) {
    const Clock::rep from = std::max(paid, now);
    const Clock::rep wait = from + step - at_once * step - now;
    if (wait > 0) {
      Error error{Errc::rate_limited, message};
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(Clock::duration(wait)).count();
      error.set_retry_after(std::to_string(std::max<std::int64_t>(seconds, 1)));
      return error;
    }
    if (place.compare_exchange_weak(paid, from + step)) return {};
  }
}

}  // namespace byok::service
