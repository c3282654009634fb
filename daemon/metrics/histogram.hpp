// How often a value fell into which range: what quantiles are estimated from.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/metrics/counter.hpp"

namespace byok::metrics {

// The upper ends of a histogram's ranges, ascending; above the last there is one more range.
struct Scale {
  std::span<const std::uint64_t> bounds;  // at most Histogram::most_bounds
  double unit;                            // what one is in the unit that is shown
};

// Of durations, in nanoseconds, shown in seconds: what byokd does by itself, what providers take,
// and what a disk takes.
extern const Scale own_time;
extern const Scale provider_time;
extern const Scale disk_time;
// Of counts up to some hundreds.
extern const Scale batch_size;

// One thread's, as counters are.
class Histogram {
 public:
  static constexpr std::size_t most_bounds = 20;

  // `scale` outlives this.
  explicit Histogram(const Scale& scale) : scale_(scale) {}

  void observe(std::uint64_t value) {
    std::size_t range = 0;
    while (range < scale_.bounds.size() && value > scale_.bounds[range]) ++range;
    counts_[range].add();
    sum_.add(value);
  }
  // What is shorter than nothing, by clocks that were read at different times, is nothing.
  void observe(std::chrono::nanoseconds duration) {
    observe(duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0);
  }

  const Scale& scale() const { return scale_; }

 private:
  friend class HistogramSum;
  const Scale& scale_;
  std::array<Counter, most_bounds + 1> counts_;
  Counter sum_;
};

// Several histograms of one scale, taken together.
class HistogramSum {
 public:
  explicit HistogramSum(const Scale& scale) : scale_(scale) {}
  explicit HistogramSum(const Histogram& one) : scale_(one.scale()) { add(one); }

  void add(const Histogram& one);

  const Scale& scale() const { return scale_; }
  // Of the range below bounds[`range`], or above all of them.
  std::uint64_t count_in(std::size_t range) const { return counts_[range]; }
  // As it is shown.
  double sum() const { return static_cast<double>(sum_) * scale_.unit; }
  double bound(std::size_t range) const {
    return static_cast<double>(scale_.bounds[range]) * scale_.unit;
  }

 private:
  const Scale& scale_;
  std::array<std::uint64_t, Histogram::most_bounds + 1> counts_{};
  std::uint64_t sum_ = 0;
};

}  // namespace byok::metrics
