#include "tests/e2e/soak/gauges.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <system_error>

namespace byok::testing::soak {

long own_memory(const Byokd& byokd) { return byokd.memory("RssAnon") + byokd.memory("RssShmem"); }

Held held_by(const Byokd& byokd) {
  Held held{std::nullopt, byokd.memory("Threads")};
  std::error_code refused;
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(byokd.pid()) + "/fd",
                                                    refused);
  if (!refused) held.descriptors = std::distance(begin(entries), end(entries));
  return held;
}

long Samples::quarter(std::size_t number) const {
  const std::size_t first = samples_.size() * number / 4;
  const std::size_t last = samples_.size() * (number + 1) / 4;
  std::vector<long> part(samples_.begin() + static_cast<std::ptrdiff_t>(first),
                         samples_.begin() + static_cast<std::ptrdiff_t>(last));
  if (part.empty()) return 0;
  const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
  std::nth_element(part.begin(), middle, part.end());
  return *middle;
}

long Samples::at(std::size_t percent) const {
  if (samples_.empty()) return 0;
  return samples_[std::min(samples_.size() * percent / 100, samples_.size() - 1)];
}

std::string errors_in(const std::string& log) {
  std::string out;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"level\":\"error\"") != line.npos) out += line + "\n";
  }
  return out;
}

}  // namespace byok::testing::soak
