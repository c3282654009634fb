// What the soak reads off byokd from outside: memory, descriptors, threads, and the errors in its
// log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/harness/byokd.hpp"

namespace byok::testing::soak {

// Memory of its own in KiB: what it holds without the mapped database and programs.
long own_memory(const Byokd& byokd);

struct Held {
  std::optional<long> descriptors;  // nothing where only root may count them
  long threads;

  bool operator==(const Held&) const = default;
};
Held held_by(const Byokd& byokd);

// Samples of the same thing, the oldest first.
class Samples {
 public:
  void add(long sample) { samples_.push_back(sample); }
  std::size_t size() const { return samples_.size(); }
  // The median of the quarter, 0 to 3, of all of them.
  long quarter(std::size_t number) const;
  // The one that was taken when so many hundredths of the time had passed.
  long at(std::size_t percent) const;

 private:
  std::vector<long> samples_;
};

// The lines of level error in a log.
std::string errors_in(const std::string& log);

}  // namespace byok::testing::soak
