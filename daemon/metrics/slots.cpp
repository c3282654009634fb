#include "daemon/metrics/slots.hpp"

#include <deque>
#include <mutex>

namespace byok::metrics {
namespace {

struct Names {
  std::mutex mutex;
  std::deque<std::string> names;  // never moved
};

// Never destroyed: what is counted last is counted at the process's very end.
Names& all_names() {
  static auto* names = new Names;
  return *names;
}

}  // namespace

std::size_t provider_slot(std::string_view name) {
  Names& all = all_names();
  std::lock_guard lock(all.mutex);
  for (std::size_t i = 0; i < all.names.size(); ++i) {
    if (all.names[i] == name) return i;
  }
  if (all.names.size() == most_providers) return most_providers - 1;
  all.names.emplace_back(all.names.size() == most_providers - 1 ? "other" : name);
  return all.names.size() - 1;
}

std::vector<std::string_view> provider_names() {
  Names& all = all_names();
  std::lock_guard lock(all.mutex);
  return {all.names.begin(), all.names.end()};
}

}  // namespace byok::metrics
