// byok import: tenants, keys and tokens from a file, a JSON object a line.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/files.hpp"
#include "cli/import_report.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string file;
};

Outcome<void> run(const Options& options, const Context& context) {
  auto input = open_input(options.file);
  if (!input) return input.error();
  auto client = Client::open(context);
  if (!client) return client.error();

  ImportReport report({
      .on_token =
          [&](std::string_view tenant, std::string_view token) {
            if (!context.json) print(fmt::format("{}\t{}\n", tenant, token));
          },
      .on_failure = [](std::string_view sentence) { complain(sentence); },
  });
  HeldSignals signals({SIGINT});
  client->interrupt_by(signals.fd());
  Call call{"POST", "/admin/import", "import"};
  auto received =
      client->upload(call, input->get(), "application/x-ndjson", [&](std::string_view piece) {
        if (context.json) print(piece);
        report.take(piece);
      });
  report.finish();
  context.note(fmt::format("{} lines taken, {} failed", report.done(), report.failed()));
  if (!received) {
    if (report.done() > 0) context.note("run it again: what is there already is left alone");
    return received.error();
  }
  if (report.failed() > 0) {
    return Failure{Exit::failed, fmt::format("{} lines were not taken: mend them and run it again",
                                             report.failed())};
  }
  return {};
}

}  // namespace

void add_import(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("import", "Make tenants, keys and tokens from a file");
  command->group("Operator's commands");
  command->add_option("FILE", options->file, "A JSON object a line; - for standard input")
      ->required();
  command->footer(
      "A line: "
      "{\"tenant\":\"acme\",\"provider\":\"openai\",\"apiKey\":\"...\",\"token\":{\"name\":\"ci\"}}"
      "\n"
      "New tokens are printed on stdout, each after its tenant and a tab. Running it again\n"
      "changes nothing that is there already.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
