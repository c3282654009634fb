// Metrics as Prometheus reads them.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "daemon/metrics/histogram.hpp"

namespace byok::metrics {

enum class Type { counter, gauge, histogram };

struct Label {
  std::string_view name;  // a literal
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

// Writes one family after the other: its head first, then its samples. A family without samples is
// told all the same, so that who looks for it finds that it exists.
class TextWriter {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // `name` and `help` are literals.
  void family(std::string_view name, Type type, std::string_view help);

  template <std::integral T>
  void sample(Labels labels, T value) {
    begin_sample({}, labels, {});
    out_ += std::to_string(value);
    out_ += '\n';
  }
  void sample(Labels labels, double value);
  void sample(Labels labels, const HistogramSum& histogram);

  // A family of one sample.
  void one(std::string_view name, Type type, std::string_view help, auto value) {
    family(name, type, help);
    sample({}, value);
  }

  std::string take() && { return std::move(out_); }

 private:
  void begin_sample(std::string_view suffix, Labels labels, std::string_view bound);
  void append_label(bool& first, std::string_view name, std::string_view value);

  std::string out_;
  std::string_view name_;
};

}  // namespace byok::metrics
