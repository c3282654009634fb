// Numbers that one thread changes and any thread reads. A change is a load and a store: no lock,
// and no locked instruction. Whoever sums them up sees each as it was a moment ago.
#pragma once

#include <atomic>
#include <cstdint>

namespace byok::metrics {

// What threads of their own change must not share one: two of them would wait for each other at
// each change.
inline constexpr std::size_t cache_line = 64;

class Counter {
 public:
  // Its one thread only.
  void add(std::uint64_t more = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// So many there are now.
class Gauge {
 public:
  // Its one thread only.
  void add(std::int64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

}  // namespace byok::metrics
