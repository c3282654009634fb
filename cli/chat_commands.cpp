#include "cli/chat_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "cli/text.hpp"

namespace byok::cli {
namespace {

struct Entry {
  ChatCommand command;
  std::string_view name;
  std::string_view argument;
  std::string_view does;
};

constexpr std::array<Entry, 8> entries = {{
    {ChatCommand::model, "/model", "[NAME]",
     "ask that model from now on; without a name list them"},
    {ChatCommand::system, "/system", "[TEXT]", "set the system prompt, - for none, or show it"},
    {ChatCommand::file, "/file", "FILE", "send a text or picture with the next question"},
    {ChatCommand::retry, "/retry", "", "ask the last question again"},
    {ChatCommand::clear, "/clear", "", "forget what was said"},
    {ChatCommand::save, "/save", "FILE", "write the conversation as Markdown"},
    {ChatCommand::help, "/help", "", "show this"},
    {ChatCommand::exit, "/exit", "", "leave; so does Ctrl-D"},
}};

// How many characters have to be put in, taken out or replaced to make one of the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

Failure unknown(std::string_view word) {
  const auto nearest = std::ranges::min_element(
      entries, {}, [word](const Entry& each) { return distance(word, each.name); });
  // A word with nothing in common with it is no help.
  const bool near = distance(word, nearest->name) < std::max(word.size(), nearest->name.size()) / 2;
  return usage_error(
      near
          ? fmt::format("{} is no command: did you mean {}?", word, nearest->name)
          : fmt::format("{} is no command: /help lists them, and a blank before the slash makes it "
                        "a question",
                        word));
}

}  // namespace

Outcome<std::optional<CommandLine>> read_command(std::string_view line) {
  if (!line.starts_with('/')) return std::optional<CommandLine>();
  const std::string_view word = line.substr(0, line.find_first_of(" \t\n"));
  if (word.find('/', 1) != word.npos) return std::optional<CommandLine>();
  const auto* entry = std::ranges::find(entries, word == "/quit" ? "/exit" : word, &Entry::name);
  if (entry == entries.end()) return unknown(word);
  std::string argument(trimmed(line.substr(word.size())));
  if (entry->argument.empty() && !argument.empty()) {
    return usage_error(fmt::format("{} takes nothing behind it: give it alone", word));
  }
  if (entry->argument == "FILE" && argument.empty()) {
    return usage_error(fmt::format("{} needs a file's name behind it", word));
  }
  return std::optional(CommandLine{entry->command, std::move(argument)});
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry& each : entries) names.emplace_back(each.name);
  return names;
}

std::string command_help() {
  std::string text;
  for (const Entry& each : entries) {
    text += fmt::format("{:<16}{}\n", fmt::format("{} {}", each.name, each.argument), each.does);
  }
  return text +
         "\n"
         "A line that ends in \\ goes on in the next; between two \"\"\" every line is taken as it "
         "is.\n"
         "Alt-Enter breaks the line, TAB completes commands, models and files, arrows edit and "
         "recall.\n"
         "Ctrl-C stops an answer; what came of it stays.\n";
}

}  // namespace byok::cli
