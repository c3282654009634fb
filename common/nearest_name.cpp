#include "common/nearest_name.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

namespace byok {
namespace {

constexpr std::size_t shortest_beginning = 2;

// The most changes that may lie between two names of these sizes: one for three letters.
std::size_t most_changes(std::size_t a, std::size_t b) { return std::max(a, b) / 3; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table: two before, one before, and that of a[i].
  std::vector<std::size_t> earlier(b.size() + 1);
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    earlier.swap(before);
    before.swap(row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = before[j] + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({changed, row[j] + 1, before[j + 1] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) {
        row[j + 1] = std::min(row[j + 1], earlier[j - 1] + 1);
      }
    }
  }
  return row.back();
}

std::string nearest_name(std::string_view name, std::span<const std::string> names) {
  const std::string* nearest = nullptr;
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : names) {
    const std::size_t most = most_changes(name.size(), candidate.size());
    const auto [shorter, longer] = std::minmax({name.size(), candidate.size()});
    if (longer - shorter > most) continue;
    const std::size_t changes = edit_distance(name, candidate);
    if (changes > most || changes >= smallest) continue;
    smallest = changes;
    nearest = &candidate;
  }
  if (nearest != nullptr) return *nearest;
  if (name.size() < shortest_beginning) return {};
  const auto begun = std::ranges::find_if(
      names, [name](const std::string& candidate) { return candidate.starts_with(name); });
  return begun == names.end() ? std::string() : *begun;
}

}  // namespace byok
