// byok doctor: whether every record opens, and how files and disk are.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/offline.hpp"
#include "cli/output.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  bool stopped = false;
  OfflineOptions offline;
};

std::string summary(const json::value& diagnosis) {
  std::uint64_t warnings = 0;
  std::uint64_t bad = 0;
  for (const json::value& check : list_at(diagnosis, "checks")) {
    warnings += text_at(check, "status") == "warning" ? 1 : 0;
    bad += text_at(check, "status") == "bad" ? 1 : 0;
  }
  return fmt::format("{}: {} bad, {}", counted(list_at(diagnosis, "checks").size(), "check"), bad,
                     counted(warnings, "warning"));
}

Outcome<void> show(const json::value& diagnosis, std::string_view text, const Context& context) {
  if (context.json) {
    print_json(text);
  } else {
    Table checks{{"CHECK", "STATUS", "FOUND"}, {}, 1};
    for (const json::value& check : list_at(diagnosis, "checks")) {
      checks.rows.push_back(
          {text_at(check, "check"), text_at(check, "status"), text_at(check, "message")});
    }
    print(checks);
    context.note(summary(diagnosis));
    Table problems{{"TENANT", "RECORD", "WHAT IS WRONG"}, {}};
    for (const json::value& problem : list_at(diagnosis, "problems")) {
      problems.rows.push_back(
          {text_at(problem, "tenant"), text_at(problem, "record"), text_at(problem, "message")});
    }
    if (!problems.rows.empty()) {
      print("\n");
      print(problems);
    }
    const std::uint64_t all = number_at(diagnosis, "problemCount");
    if (all > problems.rows.size()) {
      context.note(fmt::format("and {} more like these", all - problems.rows.size()));
    }
  }
  if (text_at(diagnosis, "ok") == "true") return {};
  return Failure{Exit::failed, "something is not as it should be: see what is bad, and mend it"};
}

Outcome<void> run(const Options& options, const Context& context) {
  if (options.stopped) {
    auto finding = ask_byokd(options.offline, {"--doctor"});
    if (!finding) return finding.error();
    return show(finding->json, finding->text, context);
  }
  auto client = Client::open(context);
  if (!client) return client.error();
  client->wait_for_long();
  auto answer = client->call({"GET", "/admin/doctor", "examine byokd"});
  if (!answer) return answer.error();
  return show(answer->json, answer->text(), context);
}

}  // namespace

void add_doctor(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("doctor", "Open every record, and look at files, disk and readers");
  command->group(group);
  add_stopped_option(command, options->stopped, options->offline);
  add_examples(command,
               {{"byok doctor", ""},
                {"byok doctor --stopped --system", "of the system's byokd, which is stopped"}},
               "Fails where something is bad.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
