#include "cli/mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/mistyped.hpp"
#include "common/nearest_name.hpp"

namespace byok::cli {
namespace {

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

// Extra words of these commands are most likely a key.
bool takes_a_key(const Chosen& chosen) {
  return chosen.name == "byok set" || chosen.name == "byok rotate";
}

std::string see_help(const Chosen& chosen, std::string_view what) {
  return fmt::format("{}: see `{} --help`", what, chosen.name);
}

std::string key_as_argument(const Chosen& chosen) {
  const bool stores = chosen.name == "byok set";
  return see_help(chosen,
                  fmt::format("a key is not taken as an argument, where `ps` and the shell's "
                              "history show it: {}type it at the prompt, pipe it in, or name its "
                              "place with --from-env or --key-file",
                              stores ? "" : "give --new-key, and "));
}

std::string unknown_option(const Chosen& chosen, const std::string& word,
                           const std::string& nearest) {
  const std::string unknown = "unknown option " + option_name(word);
  if (nearest.empty()) return see_help(chosen, unknown);
  return fmt::format("{}: did you mean {}?", unknown, nearest);
}

std::string unknown_command(const Chosen& chosen, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* each : chosen.command->get_subcommands(
           [](const CLI::App* command) { return !command->get_group().empty(); })) {
    names.push_back(each->get_name());
  }
  const std::string nearest = nearest_name(word, names);
  if (nearest.empty()) return see_help(chosen, "no such command");
  return fmt::format("no such command: did you mean `{} {}`?", chosen.name, nearest);
}

bool is_option(const std::string& word) { return !option_name(word).empty(); }

}  // namespace

std::string mistake(const CLI::App& app, const CLI::ParseError& error) {
  const Chosen chosen = chosen_command(app);
  const std::vector<std::string> extras = app.remaining(true);
  const bool command_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                               !chosen.command->get_subcommands({}).empty();
  // A mistyped option explains what is missing, too; its value comes behind it as another word.
  if (!extras.empty() && is_option(extras.front())) {
    const std::string nearest = nearest_option(*chosen.command, extras.front());
    const bool mistyped = !nearest.starts_with(option_name(extras.front()));  // --key is not
    const bool alone = std::ranges::all_of(extras, is_option);
    if (takes_a_key(chosen) && !alone && (nearest.empty() || !mistyped)) {
      return key_as_argument(chosen);
    }
    return unknown_option(chosen, extras.front(), nearest);
  }
  if (command_missing) {
    if (extras.empty()) return see_help(chosen, "no command was given");
    return unknown_command(chosen, extras.front());
  }
  const std::string said = harmless_message(error);
  if (!said.empty()) return see_help(chosen, said);
  if (extras.empty()) return see_help(chosen, "an argument is not understood");
  return takes_a_key(chosen) ? key_as_argument(chosen) : see_help(chosen, "too many arguments");
}

}  // namespace byok::cli
