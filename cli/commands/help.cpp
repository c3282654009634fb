// byok help: the page of a command.
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  const CLI::App* app;
  std::vector<std::string> path;
};

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == name && !name.empty()) return each;
  }
  return nullptr;
}

Outcome<void> run(const Options& options, const Context&) {
  const CLI::App* command = options.app;
  std::string name = command->get_name();
  for (const std::string& word : options.path) {
    command = find_command(*command, word);
    if (command == nullptr) return usage_error("no such command: see `" + name + " --help`");
    name += " " + word;
  }
  print(command->get_formatter()->make_help(command, name, CLI::AppFormatMode::Normal));
  return {};
}

}  // namespace

void add_help(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  options->app = &app;
  CLI::App* command = app.add_subcommand("help", "Tell of a command, as its --help does");
  command->group(group);
  command->add_option("COMMAND", options->path, "Which one; of all where none is named")
      ->type_name(type_names::command);
  add_examples(command, {{"byok help", ""}, {"byok help token create", ""}});
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
