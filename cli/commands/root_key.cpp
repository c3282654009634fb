// byok root-key: which one wraps the data keys, and a new one for a new byokd.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/offline.hpp"
#include "cli/output.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  OfflineOptions offline;
};

Outcome<void> status(const Options&, const Context& context) {
  Call call{"GET", "/admin/root-key", "tell the root key"};
  return call_and_show(context, call, {}, [](const Answer& answer) {
    Table table{{"ID", "SOURCE", "CHECK"}, {}};
    table.rows.push_back({text_at(answer.json, "id"), text_at(answer.json, "source"),
                          text_at(answer.json, "check")});
    print(table);
  });
}

Outcome<void> generate(const Options& options, const Context& context) {
  auto finding = ask_byokd(options.offline, {"--generate-root-key"});
  if (!finding) return finding.error();
  if (context.json) {
    print_json(finding->text);
  } else {
    context.note(fmt::format("root key {} made, {}: keep a copy of it elsewhere",
                             text_at(finding->json, "id"), text_at(finding->json, "source")));
  }
  return {};
}

}  // namespace

void add_root_key(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* root_key =
      app.add_subcommand("root-key", "The key that wraps all data keys: status, generate");
  root_key->require_subcommand(1);

  CLI::App* status_command = root_key->add_subcommand("status", "Tell which one byokd uses");
  add_examples(status_command, {{"byok root-key status", ""}});
  when_chosen(status_command, context, options, status);

  CLI::App* generate_command = root_key->add_subcommand(
      "generate", "Make the file that 'root_key' names, for a byokd that has no database yet");
  add_offline_options(generate_command, options->offline);
  add_examples(
      generate_command,
      {{"byok root-key generate", ""},
       {"byok root-key generate -o root_key=file:/media/usb/byok.key", ""}},
      "byokd makes it by itself at its first start. Whoever has it and the database has the "
      "keys: keep copies of the two apart.");
  when_chosen(generate_command, context, options, generate);

  root_key->group(group);
  add_examples(root_key, {{"byok root-key status", ""}});
}

}  // namespace byok::cli
