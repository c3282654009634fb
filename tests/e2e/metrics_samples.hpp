// What byokd's /metrics tells, read back.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/harness/world.hpp"

namespace byok::testing {

struct Samples {
  std::map<std::string, double> values;      // by name and labels, as they are written
  std::map<std::string, std::string> types;  // of the families
  std::string text;

  // 0 where there is none.
  double operator[](const std::string& sample) const {
    const auto found = values.find(sample);
    return found == values.end() ? 0 : found->second;
  }
  // Of all samples of that name whose labels contain `part`.
  double sum(const std::string& name, const std::string& part = "") const {
    double sum = 0;
    for (const auto& [sample, value] : values) {
      const std::size_t end = sample.find('{');
      if (sample.substr(0, end) == name && sample.find(part) != sample.npos) sum += value;
    }
    return sum;
  }
};

// Throws where a line is none of Prometheus' format, or a sample stands twice.
inline Samples read_samples(const std::string& text) {
  Samples samples;
  samples.text = text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) continue;
    if (line.starts_with("# TYPE ")) {
      const std::size_t space = line.find(' ', 7);
      const bool added =
          samples.types.emplace(line.substr(7, space - 7), line.substr(space + 1)).second;
      if (!added) throw std::runtime_error("a family stands twice: " + line);
      continue;
    }
    const std::size_t space = line.rfind(' ');
    const std::string name = line.substr(0, space);
    if (!samples.values.emplace(name, std::stod(line.substr(space + 1))).second) {
      throw std::runtime_error("a sample stands twice: " + line);
    }
  }
  return samples;
}

inline Samples scrape(const World& world) {
  const Response response = world.admin("GET", "/metrics");
  if (response.status != 200) throw std::runtime_error("/metrics: " + response.first_line);
  return read_samples(response.body);
}

}  // namespace byok::testing
