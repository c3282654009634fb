// What to say of names that are no setting's.
#include <algorithm>
#include <iterator>
#include <limits>

#include "common/nearest_name.hpp"
#include "daemon/config_table.hpp"

namespace byok::daemon {
namespace {

// A name ending in a dot stands for all that begin with it.
constexpr std::string_view later_settings[] = {"max_staleness"};

}  // namespace

bool is_setting_group(std::string_view name) {
  std::string group = std::string(name) + ".";
  std::span<const SettingRow> rows = setting_rows();
  return std::any_of(rows.begin(), rows.end(), [&](const SettingRow& row) {
    std::string_view head = row.name.substr(0, row.name.find(".*.") + 1);
    bool names_one = !head.empty() && group.starts_with(head) &&
                     group.find('.', head.size()) + 1 == group.size();
    return row.name.starts_with(group) || names_one;
  });
}

bool is_later_setting(std::string_view name) {
  std::string whole = std::string(name) + ".";
  return std::any_of(std::begin(later_settings), std::end(later_settings),
                     [&](std::string_view later) {
                       return later == name || (later.ends_with('.') && whole.starts_with(later));
                     });
}

std::string nearest_setting(std::string_view name) {
  std::string nearest;
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  for (const SettingRow& row : setting_rows()) {
    std::string candidate(row.name);
    if (std::size_t star = candidate.find('*'); star != std::string::npos) {
      // The operator's own part is taken as it is.
      std::size_t end = name.find('.', std::min(star, name.size()));
      std::string part = "NAME";
      if (name.starts_with(candidate.substr(0, star)) && end != std::string_view::npos) {
        part = name.substr(star, end - star);
      }
      candidate.replace(star, 1, part);
    }
    // Of a group, only what is in it.
    if (name.ends_with('.') && !candidate.starts_with(name)) continue;
    std::size_t changes = edit_distance(name, candidate);
    if (name.find('.') == name.npos) {
      // Somebody may have left the group out.
      std::size_t last = candidate.rfind('.') + 1;
      changes =
          std::min(changes, 1 + edit_distance(name, std::string_view(candidate).substr(last)));
    }
    if (changes < smallest) {
      smallest = changes;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace byok::daemon
