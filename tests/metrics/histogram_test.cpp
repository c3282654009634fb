#include "daemon/metrics/histogram.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <thread>

namespace byok::metrics {
namespace {

constexpr std::uint64_t bounds[] = {10, 100, 1000};
const Scale scale{bounds, 0.5};

TEST_CASE("a value falls into the first range whose upper end it does not pass") {
  struct Case {
    std::uint64_t value;
    std::size_t range;
  };
  for (const Case& c : {Case{0, 0}, Case{10, 0}, Case{11, 1}, Case{100, 1}, Case{1000, 2},
                        Case{1001, 3}, Case{std::numeric_limits<std::uint64_t>::max(), 3}}) {
    CAPTURE(c.value);
    Histogram histogram(scale);
    histogram.observe(c.value);
    const HistogramSum sum(histogram);
    for (std::size_t i = 0; i < 4; ++i) CHECK(sum.count_in(i) == (i == c.range ? 1 : 0));
  }
}

TEST_CASE("histograms are taken together, and shown in their unit") {
  Histogram one(scale), other(scale);
  one.observe(std::uint64_t{4});
  one.observe(std::uint64_t{50});
  other.observe(std::uint64_t{50});
  HistogramSum sum(one);
  sum.add(other);
  CHECK(sum.count_in(0) == 1);
  CHECK(sum.count_in(1) == 2);
  CHECK(sum.sum() == 52.0);
  CHECK(sum.bound(2) == 500.0);
}

TEST_CASE("a duration below nothing counts as nothing") {
  Histogram histogram(own_time);
  histogram.observe(std::chrono::nanoseconds(-5));
  histogram.observe(std::chrono::microseconds(2));
  const HistogramSum sum(histogram);
  CHECK(sum.count_in(0) == 2);
  CHECK(sum.sum() == doctest::Approx(2e-6));
}

TEST_CASE("every scale ascends and fits") {
  for (const Scale* each : {&own_time, &provider_time, &disk_time, &batch_size}) {
    CHECK(each->bounds.size() <= Histogram::most_bounds);
    for (std::size_t i = 1; i < each->bounds.size(); ++i) {
      CHECK(each->bounds[i - 1] < each->bounds[i]);
    }
  }
}

TEST_CASE("who reads while it is counted never sees a number go back, and sees all at the end") {
  constexpr std::uint64_t many = 200'000;
  Counter counter;
  std::atomic<bool> backwards{false};
  std::thread reader([&] {
    std::uint64_t last = 0;
    while (last < many) {
      const std::uint64_t now = counter.value();
      if (now < last) backwards = true;
      last = now;
    }
  });
  for (std::uint64_t i = 0; i < many; ++i) counter.add();
  reader.join();
  CHECK_FALSE(backwards);
  CHECK(counter.value() == many);
}

}  // namespace
}  // namespace byok::metrics
