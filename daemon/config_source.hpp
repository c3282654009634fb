// Where settings come from: a TOML file, the environment, the command line. Each source gives the
// same: dotted names with values, and where each was written. The only place that knows TOML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error.hpp"
#include "daemon/environment.hpp"

namespace byok::daemon {

// What no setting takes: a fraction, a date, a table, a list of anything but texts.
struct OtherValue {};
// A table without entries, which sets nothing but has a name that may be wrong.
struct EmptyTable {};

using Value =
    std::variant<std::string, std::int64_t, bool, std::vector<std::string>, EmptyTable, OtherValue>;

struct Assignment {
  std::string name;  // dotted; quotes around a part are gone
  Value value;
  std::string place;  // "/etc/byok/byokd.toml:3", "BYOKD_WORKERS", "-o workers"
};

// In the order written. Errc::bad_request, with file and line, where the file is not TOML or cannot
// be read; nothing where it does not exist.
Result<std::optional<std::vector<Assignment>>> read_config_file(const std::filesystem::path& file);

// BYOKD_LIMITS__MAX_BODY is limits.max_body.
std::vector<Assignment> read_environment(const Environment& environment);

// One KEY=VALUE; Errc::bad_request where it has no = or no key.
Result<std::vector<Assignment>> read_override(std::string_view text);

// What an -o or a variable holds: its TOML value where it is TOML, itself as text otherwise.
Value value_from_text(std::string_view text);

}  // namespace byok::daemon
