#include "daemon/arguments.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>
#include <sstream>

#include "common/help_page.hpp"
#include "common/mistyped.hpp"

namespace byok::daemon {
namespace {

// What a line of the audit log is counted by.
std::string check_line(const std::string& text) {
  std::uint64_t line = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, line);
  const bool fits = failure == std::errc() && rest == end && line > 0 &&
                    line <= std::numeric_limits<std::int64_t>::max();
  return fits ? "" : "must be the number of a line, from 1";
}

void add_tasks(CLI::App& app, Arguments& arguments) {
  CLI::Option_group* tasks = app.add_option_group("Instead of serving, and then end");
  tasks->require_option(0, 1);
  const auto add_task = [&](const char* name, Task task, const char* help) {
    return tasks->add_flag_callback(
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
  CLI::Option* verify =
      add_task("--verify-audit", Task::verify_audit, "Prove each line of the audit log");
  add_task("--generate-root-key", Task::generate_root_key, "Make the root key's file");
  app.add_option("--from", arguments.audit_from,
                 "With --verify-audit: the first line that has to be there, by its seq")
      ->type_name("LINE")
      ->check(CLI::Validator(check_line, ""))
      ->needs(verify);
}

void describe(CLI::App& app, Arguments& arguments, const std::string& version) {
  use_help_pages(app);
  app.add_option("--config", arguments.config_file, "Read the settings from this TOML file")
      ->type_name("FILE");
  app.add_option("-o", arguments.overrides, "Set one setting, over file and environment")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--system", arguments.system, "Use /etc/byok, /var/lib/byok and /run/byok");
  app.set_version_flag("--version", version, "Print the version and exit");
  add_tasks(app, arguments);
  add_examples(&app,
               {{"byokd", "as yourself, with a socket and http://127.0.0.1:8484"},
                {"byokd -o 'listen=[\"http://127.0.0.1:9000\"]' -o workers=2", ""},
                {"byokd --config /etc/byok/byokd.toml --check-config", ""},
                {"byokd --system --doctor", "of the system's byokd, which is stopped"}},
               "--restore, --doctor, --verify-audit and --generate-root-key work on the files of a "
               "byokd that is stopped, and print what they found as JSON.");
  app.footer(
      help_section(
          "Environment",
          {{"BYOKD_SECTION__SETTING", "A setting: BYOKD_LIMITS__MAX_BODY is limits.max_body"},
           {"OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY",
            "The operator's own keys, for tenants without one"},
           {"STATE_DIRECTORY", "Set by systemd: then the system's folders are used"},
           {"XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR", "Where an ordinary user's are"}}) +
      "\n" +
      help_section("Exit codes",
                   {{"0", "Ended by a signal; or what was asked for is done, or good"},
                    {"1", "Could not start; or what was asked for cannot be done, or is not good"},
                    {"2", "The command line is wrong"}}) +
      "\n" + app.get_footer());
}

// What is wrong, without the words themselves: they may be a key.
std::string mistake(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extras = app.remaining();
  if (!extras.empty()) {
    const std::string option = option_name(extras.front());
    if (option.empty()) return "an argument is not understood: see `byokd --help`";
    const std::string nearest = nearest_option(app, option);
    return "unknown option " + option +
           (nearest.empty() ? ": see `byokd --help`" : ": did you mean " + nearest + "?");
  }
  std::string said = harmless_message(error);
  if (said.empty()) said = "an argument is not understood";
  return said + ": see `byokd --help`";
}

}  // namespace

std::variant<Arguments, EarlyExit> parse_arguments(int argc, const char* const* argv,
                                                   const std::string& version) {
  Arguments arguments;
  CLI::App app("Keeps your tenants' provider keys encrypted, and makes calls with them", "byokd");
  describe(app, arguments, version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    if (app.exit(error, output, errors) == 0) return EarlyExit{0, output.str()};
    return EarlyExit{2, "byokd: " + mistake(app, error) + "\n"};
  }
  return arguments;
}

}  // namespace byok::daemon
