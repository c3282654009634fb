// byok reload: has byokd read its configuration anew.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {};

std::string names_in(const json::value& answer, std::string_view member) {
  std::vector<std::string> names;
  const json::object* members = answer.if_object();
  const json::value* value = members != nullptr ? members->if_contains(member) : nullptr;
  if (value != nullptr && value->is_array()) {
    for (const json::value& name : value->get_array()) names.push_back(text_of(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Outcome<void> run(const Options&, const Context& context) {
  Call call{"POST", "/admin/reload", "reload the configuration"};
  return call_and_show(context, call, {}, [&context](const Answer& answer) {
    const std::string applied = names_in(answer.json, "applied");
    const std::string waiting = names_in(answer.json, "needsRestart");
    context.note("reloaded: " + (applied.empty() ? "no setting has changed" : applied));
    if (!waiting.empty()) context.note("as before until byokd is restarted: " + waiting);
  });
}

}  // namespace

void add_reload(CLI::App& app, Context& context, const char* group) {
  CLI::App* command =
      app.add_subcommand("reload", "Have byokd read its configuration anew, while it serves");
  command->group(group);
  add_examples(
      command, {{"byok reload", ""}},
      "Where the new configuration is wrong, byokd says what is and goes on with the old one.");
  when_chosen(command, context, std::make_shared<Options>(), run);
}

}  // namespace byok::cli
