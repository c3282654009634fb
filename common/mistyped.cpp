#include "common/mistyped.hpp"

#include <vector>

#include "common/nearest_name.hpp"

namespace byok {
namespace {

bool is_option_group(const CLI::App* app) { return app->get_name().empty(); }

template <class... Errors>
bool is_any_of(const CLI::ParseError& error) {
  return ((dynamic_cast<const Errors*>(&error) != nullptr) || ...);
}

}  // namespace

std::string option_name(std::string_view word) {
  constexpr std::size_t longest = 24;
  const std::string_view name = word.substr(0, word.find('='));
  return std::string(name.starts_with('-') && name.size() <= longest ? name : std::string_view());
}

std::string nearest_option(const CLI::App& app, std::string_view word) {
  const std::string name = option_name(word);
  if (!name.starts_with("--")) return {};
  std::vector<std::string> names;
  const auto add = [&names](const CLI::App& from) {
    for (const CLI::Option* option : from.get_options()) {
      for (const std::string& each : option->get_lnames()) names.push_back(each);
    }
  };
  for (const CLI::App* each = &app; each != nullptr; each = each->get_parent()) {
    add(*each);
    for (const CLI::App* group : each->get_subcommands(is_option_group)) add(*group);
  }
  // Without the dashes, which every name shares.
  const std::string nearest = nearest_name(std::string_view(name).substr(2), names);
  return nearest.empty() ? nearest : "--" + nearest;
}

std::string harmless_message(const CLI::ParseError& error) {
  std::string message = error.what();
  if (is_any_of<CLI::RequiredError, CLI::ArgumentMismatch, CLI::RequiresError, CLI::ExcludesError>(
          error)) {
    return message;
  }
  const std::size_t end = message.find(": must ");
  if (!is_any_of<CLI::ValidationError>(error) || end == message.npos) return {};
  return message.substr(0, end) + message.substr(end + 1);
}

}  // namespace byok
