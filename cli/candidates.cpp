#include "cli/candidates.hpp"

#include <unistd.h>

#include <string_view>

#include "cli/known_names.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"

namespace byok::cli {
namespace {

std::vector<Candidate> commands_of(const CLI::App& app) {
  std::vector<Candidate> found;
  for (const CLI::App* each :
       app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); })) {
    found.push_back({each->get_name(), each->get_description()});
  }
  return found;
}

// Those of the command and of all above it that are not given yet; long names where there are.
std::vector<Candidate> options_at(const Place& place) {
  std::vector<Candidate> found;
  for (const CLI::App* app = place.command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      if (!option->nonpositional() || option->get_group().empty()) continue;
      const bool again = option->get_expected_max() > 1;
      if (place.given.contains(option) && !again) continue;
      // Each command has a --help of its own.
      if (app != place.command && option->check_name("--help")) continue;
      if (app != place.command && option->check_name("--version")) continue;
      std::string name = option->get_lnames().empty() ? "-" + option->get_snames().front()
                                                      : "--" + option->get_lnames().front();
      found.push_back({std::move(name), option->get_description()});
    }
  }
  return found;
}

// For `byok help COMMAND ...`: what comes behind the commands named so far.
std::vector<Candidate> commands_at(const Place& place) {
  const CLI::App* app = place.command;
  while (app->get_parent() != nullptr) app = app->get_parent();
  for (const std::string& name : place.arguments) {
    const auto deeper = app->get_subcommands(
        [&name](const CLI::App* each) { return !name.empty() && each->get_name() == name; });
    if (deeper.empty()) return {};
    app = deeper.front();
  }
  return commands_of(*app);
}

// Their names alone.
std::vector<Candidate> variables() {
  std::vector<Candidate> found;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view entry = *each;
    found.push_back({std::string(entry.substr(0, entry.find('='))), ""});
  }
  return found;
}

Candidates addresses(const Place& place) {
  Candidates found;
  if (place.typed.starts_with("unix:")) {
    found.files = true;
    return found;
  }
  found.open_end = true;
  found.list = {{"unix:", "a socket on this machine"},
                {"http://", "unencrypted: for this machine"},
                {"https://", "for other machines"}};
  return found;
}

Candidates values(const Place& place) {
  const std::string type = place.option->get_type_name();
  Candidates found;
  for (std::string& value : listed_values(type)) found.list.push_back({std::move(value), ""});
  if (!found.list.empty()) return found;
  if (type == type_names::file) {
    found.files = true;
  } else if (type == type_names::address) {
    return addresses(place);
  } else if (type == type_names::variable) {
    found.list = variables();
  } else if (type == type_names::command) {
    found.list = commands_at(place);
  } else {
    found.list = known_names(type, place);
  }
  return found;
}

Candidates all_candidates(const Place& place) {
  switch (place.kind) {
    case Place::Kind::command:
      return {commands_of(*place.command)};
    case Place::Kind::option:
      return {options_at(place)};
    case Place::Kind::value:
      return values(place);
    case Place::Kind::nothing:
      break;
  }
  return {};
}

}  // namespace

Candidates find_candidates(const Place& place) {
  Candidates found = all_candidates(place);
  std::erase_if(found.list, [](const Candidate& each) {
    return each.value.empty() || on_one_line(each.value) != each.value;
  });
  for (Candidate& each : found.list) each.description = on_one_line(each.description);
  return found;
}

}  // namespace byok::cli
