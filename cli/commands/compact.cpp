// byok compact: leaves what was destroyed behind, in a file that is no longer there.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/output.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {};

Outcome<void> run(const Options&, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  client->wait_for_long();
  auto answer = client->call({"POST", "/admin/compact", "compact the database"});
  if (!answer) return answer.error();
  if (context.json) {
    print_json(answer->text());
  } else {
    context.note(fmt::format("compacted: {} before, {} now",
                             human_bytes(number_at(answer->json, "bytesBefore")),
                             human_bytes(number_at(answer->json, "bytesAfter"))));
  }
  return {};
}

}  // namespace

void add_compact(CLI::App& app, Context& context, const char* group) {
  CLI::App* command = app.add_subcommand(
      "compact", "Free the database's file of what was rotated or deleted, while it serves");
  command->group(group);
  add_examples(
      command, {{"byok compact", ""}},
      "byokd does it by itself some minutes after a rotate or delete; this does it at once.");
  when_chosen(command, context, std::make_shared<Options>(), run);
}

}  // namespace byok::cli
