// What differs between the settings that run and those that are to: which of it a running byokd can
// take over, and which only its next start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings.hpp"

namespace byok::daemon {

// Names of settings; models are one, "models".
struct SettingsChange {
  std::vector<std::string> applied;
  std::vector<std::string> needs_restart;
};

// Puts into `next` what only a start can change as `running` has it, and tells what else differs.
SettingsChange settle_change(const Settings& running, Settings& next);

// Whether settle_change() looks at the setting of that name, as setting_rows() has it.
bool is_compared(std::string_view name);

}  // namespace byok::daemon
