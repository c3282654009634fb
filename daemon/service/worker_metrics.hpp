// What one worker counts. Its thread alone changes it, without locks, and whoever is asked for the
// metrics sums up all workers'. Every table has a fixed size: nothing that a caller sends makes it
// grow.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "common/error.hpp"
#include "daemon/metrics/counter.hpp"
#include "daemon/metrics/histogram.hpp"
#include "daemon/metrics/slots.hpp"
#include "daemon/providers/probe.hpp"
#include "daemon/providers/usage_scan.hpp"
#include "daemon/service/tenant_counts.hpp"
#include "daemon/store/records.hpp"
#include "daemon/upstream/pool_counters.hpp"

namespace byok::service {

// The methods that are told apart, and "other" for all else that callers think of.
inline constexpr std::array<std::string_view, 8> method_names = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};
std::size_t method_number(std::string_view method);

// How a call to a provider ended.
enum class CallOutcome : std::uint8_t {
  success,
  redirect,
  refused,       // 4xx but the next
  rate_limited,  // 429
  failed,        // 5xx
  broken,        // answered 2xx, and broke off or was not what that promises
  unanswered,    // no connection, no answer, or none in time
  left           // the client went before its end
};
inline constexpr std::array<std::string_view, 8> call_outcome_names = {
    "2xx", "3xx", "4xx", "429", "5xx", "broken", "unanswered", "left"};

// In the order of key_source_number().
inline constexpr std::array<std::string_view, 2> key_source_names = {"tenant", "global"};
inline constexpr std::array<std::string_view, 3> verdict_names = {"valid", "restricted",
                                                                  "rejected"};

inline std::size_t key_source_number(store::KeySource source) {
  return source == store::KeySource::tenant ? 0 : 1;
}

template <std::size_t N>
using Counters = std::array<metrics::Counter, N>;

struct RouteCounts {
  std::array<Counters<status_class_names.size()>, method_names.size()> requests;
};

struct ProviderCounts {
  metrics::Histogram first_byte{metrics::provider_time};
  metrics::Histogram whole{metrics::provider_time};
  // By the key's source.
  std::array<Counters<call_outcome_names.size()>, 2> calls;
  std::array<Counters<2>, 2> tokens;  // input, output
  std::array<Counters<verdict_names.size()>, 2> verdicts;

  void count(store::KeySource source, CallOutcome outcome, const providers::TokenCounts& used);
  void count(store::KeySource source, providers::KeyVerdict verdict);
};

struct alignas(metrics::cache_line) WorkerMetrics {
  static constexpr std::size_t most_routes = 96;
  static constexpr std::size_t most_errors = 64;

  // Requests.
  std::array<RouteCounts, most_routes> routes;
  metrics::Histogram call_duration{metrics::provider_time};  // of those that called a provider
  metrics::Histogram own_duration{metrics::own_time};        // of all others
  metrics::Histogram overhead{metrics::own_time};            // byokd's part of the former
  Counters<most_errors> errors;                              // by Errc
  metrics::Counter rate_limited;
  metrics::Counter received_bytes;
  metrics::Counter sent_bytes;
  std::unique_ptr<TenantCounts> tenants;  // none: not asked for

  // Clients' connections.
  metrics::Gauge connections;
  metrics::Counter accepted;
  metrics::Counter turned_away;  // there were too many
  metrics::Counter evicted;      // idle ones that gave way to another
  metrics::Counter failed_handshakes;

  // By the provider's slot.
  std::array<ProviderCounts, metrics::most_providers> providers;
  std::array<upstream::PoolCounters, metrics::most_providers> pools;

  void count_error(Errc code) {
    errors[std::min(static_cast<std::size_t>(code), most_errors - 1)].add();
  }
};

}  // namespace byok::service
