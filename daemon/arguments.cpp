#include "daemon/arguments.hpp"

#include <CLI/CLI.hpp>
#include <sstream>

namespace byok::daemon {

std::variant<Arguments, EarlyExit> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app("byokd keeps your tenants' provider keys encrypted and makes calls with them",
               "byokd");
  app.add_option("--config", arguments.config_file, "Read the settings from this TOML file")
      ->type_name("FILE");
  app.add_option("-o", arguments.overrides, "Set one setting, over file and environment")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--check-config", arguments.check_config,
               "Say what is wrong with the settings, and end");
  app.add_flag("--system", arguments.system, "Use /etc/byok, /var/lib/byok and /run/byok");
  app.set_version_flag("--version", "byokd " BYOK_VERSION);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    int code = app.exit(error, output, errors) == 0 ? 0 : 2;
    return EarlyExit{code, code == 0 ? output.str() : "byokd: " + errors.str()};
  }
  return arguments;
}

}  // namespace byok::daemon
