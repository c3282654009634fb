// byok models: what can be called with the keys that there are.
#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {};

Outcome<void> run(const Options&, const Context& context) {
  Call call{"GET", "/ai/models", "list the models"};
  return call_and_show(context, call, {}, [&](const Answer& answer) {
    Table table{{"MODEL", "PROVIDER", "KEY"}, {}};
    for (const auto& model : list_at(answer.json, "models")) {
      table.rows.push_back(
          {text_at(model, "id"), text_at(model, "provider"), text_at(model, "keySource")});
    }
    context.list(table, "no key reaches a model yet: store one with `byok set PROVIDER`");
  });
}

}  // namespace

void add_models(CLI::App& app, Context& context, const char* group) {
  CLI::App* command = app.add_subcommand("models", "List the models that can be called");
  command->group(group);
  add_examples(command,
               {{"byok models", ""}, {"byok models | grep claude", ""}, {"byok --json models", ""}},
               "KEY says whose key a call would use: the tenant's, or the operator's (global).");
  when_chosen(command, context, std::make_shared<Options>(), run);
}

}  // namespace byok::cli
