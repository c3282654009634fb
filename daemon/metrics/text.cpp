#include "daemon/metrics/text.hpp"

#include <fmt/format.h>

namespace byok::metrics {
namespace {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      return "histogram";
  }
  return "untyped";
}

// Bounds are powers of ten and their parts; what is left of binary fractions is no part of them.
std::string bound_text(double bound) { return fmt::format("{:.9g}", bound); }

}  // namespace

void TextWriter::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help,
                 type_name(type));
}

void TextWriter::append_label(bool& first, std::string_view name, std::string_view value) {
  out_ += first ? '{' : ',';
  first = false;
  out_.append(name).append("=\"");
  for (const char c : value) {
    if (c == '\n') {
      out_ += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out_ += '\\';
    out_ += c;
  }
  out_ += '"';
}

void TextWriter::begin_sample(std::string_view suffix, Labels labels, std::string_view bound) {
  out_.append(name_).append(suffix);
  bool first = true;
  for (const Label& label : labels) append_label(first, label.name, label.value);
  if (!bound.empty()) append_label(first, "le", bound);
  if (!first) out_ += '}';
  out_ += ' ';
}

void TextWriter::sample(Labels labels, double value) {
  begin_sample({}, labels, {});
  fmt::format_to(std::back_inserter(out_), "{}\n", value);
}

void TextWriter::sample(Labels labels, const HistogramSum& histogram) {
  std::uint64_t count = 0;
  const std::size_t bounds = histogram.scale().bounds.size();
  for (std::size_t i = 0; i <= bounds; ++i) {
    count += histogram.count_in(i);
    begin_sample("_bucket", labels, i < bounds ? bound_text(histogram.bound(i)) : "+Inf");
    fmt::format_to(std::back_inserter(out_), "{}\n", count);
  }
  begin_sample("_sum", labels, {});
  // As many digits as a double is sure of.
  fmt::format_to(std::back_inserter(out_), "{:.15g}\n", histogram.sum());
  begin_sample("_count", labels, {});
  fmt::format_to(std::back_inserter(out_), "{}\n", count);
}

}  // namespace byok::metrics
