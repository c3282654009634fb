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
  CLI::Option_group* tasks = app.add_option_group("Instead of serving");
  tasks->require_option(0, 1);
  const auto add_task = [&](const char* name, Task task, const char* help) {
    tasks->add_flag_callback(
        name, [&arguments, task] { arguments.task = task; }, help);
  };
  add_task("--check-config", Task::check_config, "Say what is wrong with the settings");
  tasks
      ->add_option_function<std::string>(
          "--restore",
          [&arguments](const std::string& file) {
            arguments.task = Task::restore;
            arguments.backup = file;
          },
          "Put this backup in the place of the database")
      ->type_name("FILE");
  add_task("--doctor", Task::doctor, "Open every record, and look at files and disk");
  add_task("--verify-audit", Task::verify_audit, "Prove each line of the audit log");
  add_task("--generate-root-key", Task::generate_root_key, "Make the root key's file");
  app.add_flag("--system", arguments.system, "Use /etc/byok, /var/lib/byok and /run/byok");
  app.set_version_flag("--version", "byokd " BYOK_VERSION);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    // Not repeated: it may be a key.
    return EarlyExit{2, "byokd: an argument is not understood: see `byokd --help`\n"};
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    int code = app.exit(error, output, errors) == 0 ? 0 : 2;
    return EarlyExit{code, code == 0 ? output.str() : "byokd: " + errors.str()};
  }
  return arguments;
}

}  // namespace byok::daemon
