// byok list: the keys that are stored, masked.
#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {};

Outcome<void> run(const Options&, const Context& context) {
  Call call{"GET", "/ai/providers", "list the keys"};
  return call_and_show(context, call, {}, [&](const Answer& answer) {
    Table table{{"PROVIDER", "KEY", "STATUS", "SET", "ROTATED", "LAST USED"}, {}, 2};
    for (const auto& key : list_at(answer.json, "providers")) {
      table.rows.push_back({text_at(key, "provider"), text_at(key, "maskedKey"),
                            text_at(key, "status"), text_at(key, "setAt"),
                            text_at(key, "rotatedAt"), text_at(key, "lastUsedAt")});
    }
    context.list(table, "no keys are stored yet: store one with `byok set PROVIDER`");
  });
}

}  // namespace

void add_list(CLI::App& app, Context& context, const char* group) {
  CLI::App* command = app.add_subcommand("list", "List the stored keys, masked");
  command->group(group);
  add_examples(
      command,
      {{"byok list", ""},
       {"byok --tenant acme list", "as the operator, of a tenant"},
       {"byok --json list", ""}},
      "STATUS is active, restricted (the provider takes the key for some calls only), rejected "
      "(it refused the key when that was used last) or unreadable (see `byok doctor`).");
  when_chosen(command, context, std::make_shared<Options>(), run);
}

}  // namespace byok::cli
