// byokd's command line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace byok::daemon {

struct Arguments {
  std::optional<std::filesystem::path> config_file;
  std::vector<std::string> overrides;  // KEY=VALUE, in the order given
  bool check_config = false;
  bool system = false;
};

// What ends the program before it begins: --help and --version (0), a wrong command line (2).
struct EarlyExit {
  int code;
  std::string text;  // for stdout where the code is 0, else for stderr; ends with a line feed
};

std::variant<Arguments, EarlyExit> parse_arguments(int argc, const char* const* argv);

}  // namespace byok::daemon
