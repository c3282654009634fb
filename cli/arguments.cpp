#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace byok::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  byok set openai                      store a key; it is asked for, and not shown\n"
    "  byok chat -m gpt-4o \"why is the sky blue\"\n"
    "  git diff | byok chat -m gpt-4o \"review this\"\n"
    "  byok rotate openai                   encrypt the key anew, without a gap\n"
    "  byok --tenant acme token create      a token for the tenant acme\n"
    "\n"
    "Environment: BYOK_ADDR, BYOK_TOKEN, BYOK_TENANT, NO_COLOR.\n"
    "Exit codes: 0 done, 1 the daemon or provider answered with an error, 2 usage, 3 cannot reach\n"
    "the daemon, 4 not authorized, 5 not found, 6 no key for the provider, 130 interrupted.";

// The command that was being read when parsing failed, and how it is called.
struct Chosen {
  const CLI::App* command;
  std::string name;
};

Chosen chosen_command(const CLI::App& app) {
  Chosen chosen{&app, "byok"};
  for (;;) {
    auto deeper = chosen.command->get_subcommands();
    if (deeper.empty()) return chosen;
    chosen.command = deeper.front();
    chosen.name += ' ' + chosen.command->get_name();
  }
}

// An option's name without its value; empty for anything else, and for what is too long to be one.
std::string option_name(const std::string& word) {
  std::string name = word.substr(0, word.find('='));
  return name.starts_with('-') && name.size() <= 24 ? name : std::string();
}

// Extra words of these commands are most likely a key.
bool takes_a_key(const Chosen& chosen) {
  return chosen.name == "byok set" || chosen.name == "byok rotate";
}

std::string mistake(const CLI::App& app, const CLI::ParseError& error, const Chosen& chosen) {
  std::vector<std::string> extras = app.remaining(true);
  bool command_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                         !chosen.command->get_subcommands({}).empty();
  if (command_missing && extras.empty()) return "no command was given";
  // These name options and counts only.
  if (!command_missing && (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr ||
                           dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr ||
                           dynamic_cast<const CLI::RequiresError*>(&error) != nullptr ||
                           dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr)) {
    return error.what();
  }
  if (extras.empty()) return "an argument is not understood";

  auto word = std::find_if(extras.begin(), extras.end(),
                           [](const std::string& extra) { return option_name(extra).empty(); });
  if (word == extras.end()) return "unknown option " + option_name(extras.front());
  if (takes_a_key(chosen)) {
    const bool stores = chosen.name == "byok set";
    return fmt::format(
        "a key is not taken as an argument, where `ps` and the shell's history show it: {}type it "
        "at "
        "the prompt{}",
        stores ? "" : "give --new-key, and ",
        stores ? ", pipe it in, or name its place with --from-env or --key-file"
               : ", or pipe it in");
  }
  return command_missing ? "no such command" : "too many arguments";
}

}  // namespace

void describe(CLI::App& app, Context& context) {
  app.name("byok");
  app.description("Keeps AI providers' keys encrypted in byokd, and uses them from there.");
  app.set_version_flag("--version", "byok " BYOK_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  // A global option may stand after the command too.
  app.fallthrough();
  app.add_option("--addr", context.addr,
                 "Where byokd is: unix:PATH, http://HOST:PORT or https://HOST:PORT")
      ->type_name("ADDRESS");
  app.add_option("--tenant", context.tenant, "The tenant to act for (operators)")->type_name("ID");
  app.add_option("--token-file", context.token_file, "A file that holds the bearer token")
      ->type_name("FILE");
  app.add_flag("--json", context.json, "Print the API's answer as it is");
  app.add_flag("-q,--quiet", context.quiet, "Print data and errors only");

  for (auto add : {add_set, add_list, add_rotate, add_delete, add_verify}) add(app, context);
  for (auto add : {add_chat, add_models, add_usage}) add(app, context);
  for (auto add : {add_tenant, add_token, add_import, add_audit}) add(app, context);
  for (auto add : {add_root_key, add_backup, add_restore, add_compact}) add(app, context);
  for (auto add : {add_doctor, add_status, add_reload}) add(app, context);
  // After the commands, which would each inherit it.
  app.footer(examples);
}

Exit explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    app.exit(error);
    return Exit::done;
  }
  Chosen chosen = chosen_command(app);
  complain(fmt::format("{}: see `{} --help`", mistake(app, error, chosen), chosen.name));
  return Exit::usage;
}

}  // namespace byok::cli
