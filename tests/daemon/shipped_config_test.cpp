// The settings file that is shipped, against the settings that there are.
#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "daemon/config_source.hpp"
#include "daemon/config_table.hpp"
#include "tests/daemon/load.hpp"

namespace byok::daemon {
namespace {

std::string shipped() { return testing::read_file(BYOK_SHIPPED_CONFIG); }

// A setting stands behind a # without a space; a sentence has one.
// Those of TLS want a listener that uses them.
std::string uncommented(bool with_tls = true) {
  std::istringstream lines(shipped());
  std::string text;
  bool of_tls = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) of_tls = line.starts_with("[tls");
    if (of_tls && !with_tls) continue;
    const bool setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    text += (setting ? line.substr(1) : line) + '\n';
  }
  return text;
}

std::vector<Assignment> assignments(const std::string& text) {
  testing::TempFolder folder;
  testing::write_file(folder / "byokd.toml", text);
  auto read = read_config_file(folder / "byokd.toml");
  REQUIRE(read.has_value());
  REQUIRE(read->has_value());
  return **read;
}

// As root has them. Nothing that depends on this machine.
Settings settings_of(const std::string& text) {
  testing::TempFolder folder;
  Arguments arguments;
  arguments.config_file = folder / "byokd.toml";
  testing::write_file(*arguments.config_file, text);
  auto loaded = load_settings(arguments, {}, daemon_paths({}, true));
  std::string problems = loaded ? "" : loaded.error().message();
  CAPTURE(problems);
  REQUIRE(loaded.has_value());
  return *loaded;
}

TEST_CASE("the shipped settings file sets nothing") {
  for (const Assignment& assignment : assignments(shipped())) {
    CAPTURE(assignment.name);
    CHECK(std::holds_alternative<EmptyTable>(assignment.value));
  }
  settings_of(shipped());
}

TEST_CASE("the shipped settings file has each setting once, with its default, and no other") {
  std::map<std::string_view, int> times;
  for (const Assignment& assignment : assignments(uncommented())) {
    CAPTURE(assignment.name);
    const Match match = find_setting(assignment.name);
    REQUIRE(match.row != nullptr);
    ++times[match.row->name];
    if (!match.row->default_text.empty()) {
      const Value value = value_from_text(match.row->default_text);
      CHECK(value.index() == assignment.value.index());
      if (const auto* text = std::get_if<std::string>(&value)) {
        CHECK(*text == std::get<std::string>(assignment.value));
      } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        CHECK(*number == std::get<std::int64_t>(assignment.value));
      } else {
        CHECK(std::get<bool>(value) == std::get<bool>(assignment.value));
      }
    }
  }
  for (const SettingRow& row : setting_rows()) {
    CAPTURE(row.name);
    CHECK(times[row.name] == 1);
  }
}

TEST_CASE("each setting of the shipped settings file has a sentence above it") {
  std::istringstream lines(shipped());
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    if (line.size() < 2 || line[0] != '#' || line[1] == ' ') continue;
    CAPTURE(line);
    CHECK((before.starts_with("# ") || before == "[models]"));
  }
}

TEST_CASE("the shipped settings file with all of its settings is what byokd does without them") {
  const Settings without = settings_of("");
  const Settings with = settings_of(uncommented(false));
  REQUIRE(with.listen.size() == without.listen.size());
  for (std::size_t i = 0; i < with.listen.size(); ++i) {
    CHECK(to_string(with.listen[i]) == to_string(without.listen[i]));
  }
  CHECK(with.state_dir == without.state_dir);
  CHECK(with.root_key_file == without.root_key_file);
  CHECK(with.audit_file == without.audit_file);
  CHECK(with.admin_group.name == without.admin_group.name);
  REQUIRE(with.providers.size() == without.providers.size());
  for (std::size_t i = 0; i < with.providers.size(); ++i) {
    CHECK(with.providers[i].base_url == without.providers[i].base_url);
    CHECK(with.providers[i].format == without.providers[i].format);
    CHECK(with.providers[i].global_key == without.providers[i].global_key);
  }
}

}  // namespace
}  // namespace byok::daemon
