// byokd's command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace byok::daemon {

// What byokd is started for.
enum class Task { serve, check_config, restore, doctor, verify_audit, generate_root_key };

struct Arguments {
  std::optional<std::filesystem::path> config_file;
  std::vector<std::string> overrides;  // KEY=VALUE, in the order given
  Task task = Task::serve;
  std::filesystem::path backup;  // of Task::restore
  std::uint64_t audit_from = 1;  // of Task::verify_audit: the first line that has to be there
  bool system = false;
};

// What ends the program before it begins: --help and --version (0), a wrong command line (2).
struct EarlyExit {
  int code;
  std::string text;  // for stdout where the code is 0, else for stderr; ends with a line feed
};

// `version` is what --version prints.
std::variant<Arguments, EarlyExit> parse_arguments(int argc, const char* const* argv,
                                                   const std::string& version);

}  // namespace byok::daemon
