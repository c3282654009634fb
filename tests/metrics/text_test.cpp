#include "daemon/metrics/text.hpp"

#include <doctest/doctest.h>

namespace byok::metrics {
namespace {

constexpr std::uint64_t bounds[] = {10'000, 2'500'000};
const Scale scale{bounds, 1e-9};

TEST_CASE("a family is its head and its samples") {
  TextWriter out;
  out.family("byok_calls_total", Type::counter, "Calls.");
  out.sample({{"provider", "openai"}, {"code", "2xx"}}, std::uint64_t{18446744073709551615U});
  out.sample({}, 0);
  out.family("byok_depth", Type::gauge, "Depth.");
  out.sample({}, std::int64_t{-3});
  out.sample({}, 0.25);
  CHECK(std::move(out).take() ==
        "# HELP byok_calls_total Calls.\n"
        "# TYPE byok_calls_total counter\n"
        "byok_calls_total{provider=\"openai\",code=\"2xx\"} 18446744073709551615\n"
        "byok_calls_total 0\n"
        "# HELP byok_depth Depth.\n"
        "# TYPE byok_depth gauge\n"
        "byok_depth -3\n"
        "byok_depth 0.25\n");
}

TEST_CASE("a label's value cannot end it") {
  TextWriter out;
  out.family("a", Type::gauge, "A.");
  out.sample({{"tenant", "x\"} 1\nb\\"}}, 1);
  CHECK(std::move(out).take() == "# HELP a A.\n# TYPE a gauge\na{tenant=\"x\\\"} 1\\nb\\\\\"} 1\n");
}

TEST_CASE("a histogram's buckets hold all below them, and the last holds all") {
  Histogram histogram(scale);
  for (const std::uint64_t value : {5'000, 20'000, 1'000'000, 9'000'000}) histogram.observe(value);
  TextWriter out;
  out.family("t_seconds", Type::histogram, "T.");
  out.sample({{"provider", "p"}}, HistogramSum(histogram));
  CHECK(std::move(out).take() ==
        "# HELP t_seconds T.\n"
        "# TYPE t_seconds histogram\n"
        "t_seconds_bucket{provider=\"p\",le=\"1e-05\"} 1\n"
        "t_seconds_bucket{provider=\"p\",le=\"0.0025\"} 3\n"
        "t_seconds_bucket{provider=\"p\",le=\"+Inf\"} 4\n"
        "t_seconds_sum{provider=\"p\"} 0.010025\n"
        "t_seconds_count{provider=\"p\"} 4\n");
}

}  // namespace
}  // namespace byok::metrics
