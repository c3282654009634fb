#include "cli/completion_place.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace byok::cli {
namespace {

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// As `name` is written, "--tenant" or "-m": of `app` or of the commands above it, whose options may
// stand behind it.
const CLI::Option* find_option(const CLI::App* app, const std::string& name) {
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      const bool named = option->nonpositional() && !option->get_group().empty();
      if (named && option->check_name(name)) return option;
    }
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&name](const CLI::App* each) {
    return !each->get_group().empty() && !name.empty() && each->get_name() == name;
  });
  return found.empty() ? nullptr : found.front();
}

// The argument that comes behind `count` others.
const CLI::Option* find_argument(const CLI::App& app, std::size_t count) {
  const CLI::Option* last = nullptr;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    last = option;
    if (count-- == 0) return option;
  }
  return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
}

class Walk {
 public:
  explicit Walk(const CLI::App& app) { place_.command = &app; }

  // A word before the cursor.
  void take(const std::string& word) {
    if (awaiting_ != nullptr) {
      give(*std::exchange(awaiting_, nullptr), word);
    } else if (options_ended_ || word.size() < 2 || word.front() != '-') {
      take_argument(word);
    } else if (word == "--") {
      options_ended_ = true;
    } else {
      const Split split = split_option(word);
      if (split.option == nullptr) return;
      place_.given.insert(split.option);
      if (split.has_value) give(*split.option, word.substr(split.before));
      if (!split.has_value && takes_value(*split.option)) awaiting_ = split.option;
    }
  }

  Place end(const std::string& word) && {
    place_.typed = word;
    if (awaiting_ != nullptr) return value_of(awaiting_);
    if (!options_ended_ && word.starts_with('-')) {
      const Split split = split_option(word);
      if (!split.has_value) return as(Place::Kind::option);
      place_.before = word.substr(0, split.before);
      place_.typed = word.substr(split.before);
      return value_of(split.option);
    }
    const bool has_commands =
        !place_.command->get_subcommands([](const CLI::App*) { return true; }).empty();
    if (has_commands) {
      return as(place_.arguments.empty() ? Place::Kind::command : Place::Kind::nothing);
    }
    return value_of(find_argument(*place_.command, place_.arguments.size()));
  }

 private:
  // An option, and where its value begins if that is in the same word.
  struct Split {
    const CLI::Option* option = nullptr;
    bool has_value = false;
    std::size_t before = 0;
  };

  Split split_option(const std::string& word) {
    if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const CLI::Option* option = find_option(place_.command, word.substr(0, equals));
      const bool has_value = option != nullptr && equals != word.npos && takes_value(*option);
      return {option, has_value, has_value ? equals + 1 : 0};
    }
    // Flags of one letter, behind which one with a value may come: -qm gpt-4o.
    for (std::size_t i = 1; i < word.size(); ++i) {
      const CLI::Option* option = find_option(place_.command, std::string("-") + word[i]);
      if (option == nullptr) return {};
      if (takes_value(*option)) return {option, i + 1 < word.size(), i + 1};
      place_.given.insert(option);
      if (i + 1 == word.size()) return {option, false, 0};
    }
    return {};
  }

  void take_argument(const std::string& word) {
    const CLI::App* deeper =
        place_.arguments.empty() ? find_command(*place_.command, word) : nullptr;
    if (deeper != nullptr) {
      place_.command = deeper;
    } else {
      place_.arguments.push_back(word);
    }
  }

  void give(const CLI::Option& option, const std::string& value) {
    if (option.check_name("--addr")) place_.addr = value;
    if (option.check_name("--tenant")) place_.tenant = value;
    if (option.check_name("--token-file")) place_.token_file = value;
  }

  Place value_of(const CLI::Option* option) {
    place_.option = option;
    return as(option == nullptr ? Place::Kind::nothing : Place::Kind::value);
  }
  Place as(Place::Kind kind) {
    place_.kind = kind;
    return std::move(place_);
  }

  Place place_;
  const CLI::Option* awaiting_ = nullptr;
  bool options_ended_ = false;
};

}  // namespace

Place find_place(const CLI::App& app, const std::vector<std::string>& words) {
  Walk walk(app);
  if (words.empty()) return std::move(walk).end({});
  for (auto word = words.begin(); word != std::prev(words.end()); ++word) walk.take(*word);
  return std::move(walk).end(words.back());
}

}  // namespace byok::cli
