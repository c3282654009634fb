// The settings by name: how each is read into Settings, and what it is where nobody sets it.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "daemon/config_source.hpp"
#include "daemon/environment.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

// Where a value goes.
struct Target {
  Settings& settings;
  std::string_view part;                // what stands for the * of the setting's name
  const std::filesystem::path& folder;  // where relative paths start
  const Environment& environment;       // where credentials are
  bool is_default;
};

struct SettingRow {
  std::string_view name;          // * stands for a name that the operator chose
  std::string_view default_text;  // as behind -o; empty: made by load_settings, or none
  Result<void> (*put)(const Target& target, const Value& value);
};

std::span<const SettingRow> setting_rows();

// A row, and what stands for the * of its name.
struct Match {
  const SettingRow* row;  // null: there is no such setting
  std::string_view part;  // a view into the name
};
Match find_setting(std::string_view name);

// Puts every default_text into its place.
void put_defaults(Settings& settings);

// Whether it begins the names of other settings, as "limits" and "provider.openai" do.
bool is_setting_group(std::string_view name);

// Settings that byokd is to have, but this version has not: told from typing errors.
bool is_later_setting(std::string_view name);

// The setting whose name takes the fewest changes to reach from `name`; where that ends in
// a dot, one that begins with it.
std::string nearest_setting(std::string_view name);

// The providers that need no configuration.
struct BuiltInProvider {
  std::string_view name;  // its wire format too
  std::string_view base_url;
  std::string_view global_key;
};
// Null where it is not one of them.
const BuiltInProvider* find_built_in(std::string_view name);

}  // namespace byok::daemon
