#include "daemon/metrics/histogram.hpp"

namespace byok::metrics {
namespace {

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000 * us;
constexpr std::uint64_t s = 1'000 * ms;
constexpr double nanosecond = 1e-9;

constexpr std::uint64_t own_bounds[] = {10 * us,  25 * us,   50 * us, 100 * us, 250 * us, 500 * us,
                                        1 * ms,   2500 * us, 5 * ms,  10 * ms,  25 * ms,  50 * ms,
                                        100 * ms, 250 * ms,  1 * s,   5 * s};
// Up to the default of upstream.first_byte_timeout.
constexpr std::uint64_t provider_bounds[] = {
    5 * ms,    10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, 1 * s,
    2500 * ms, 5 * s,   10 * s,  20 * s,  30 * s,   60 * s,   120 * s,  300 * s};
constexpr std::uint64_t disk_bounds[] = {50 * us,   100 * us, 250 * us, 500 * us, 1 * ms,
                                         2500 * us, 5 * ms,   10 * ms,  25 * ms,  50 * ms,
                                         100 * ms,  250 * ms, 500 * ms, 1 * s,    5 * s};
constexpr std::uint64_t batch_bounds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

static_assert(std::size(own_bounds) <= Histogram::most_bounds);
static_assert(std::size(provider_bounds) <= Histogram::most_bounds);
static_assert(std::size(disk_bounds) <= Histogram::most_bounds);
static_assert(std::size(batch_bounds) <= Histogram::most_bounds);

}  // namespace

const Scale own_time{own_bounds, nanosecond};
const Scale provider_time{provider_bounds, nanosecond};
const Scale disk_time{disk_bounds, nanosecond};
const Scale batch_size{batch_bounds, 1};

void HistogramSum::add(const Histogram& one) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += one.counts_[i].value();
  sum_ += one.sum_.value();
}

}  // namespace byok::metrics
