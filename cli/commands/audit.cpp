// byok audit: what was changed, by whom, and whether the log of it is whole.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/offline.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  unsigned lines = 20;
  std::uint64_t from = 1;
  bool stopped = false;
  OfflineOptions offline;
};

Outcome<void> tail(const Options& options, const Context& context) {
  Call call{"GET", fmt::format("/admin/audit?limit={}", options.lines), "read the audit log"};
  return call_and_show(context, call, {}, [](const Answer& answer) {
    std::string text;
    for (const json::value& line : list_at(answer.json, "lines")) {
      text += on_one_line(json::serialize(line)) + "\n";
    }
    print(text);
  });
}

void print_verdict(const json::value& verdict, const Context& context) {
  Table table{{"FILE", "LINE", "WHAT IS WRONG"}, {}};
  for (const json::value& problem : list_at(verdict, "problems")) {
    table.rows.push_back(
        {text_at(problem, "file"), text_at(problem, "line"), text_at(problem, "message")});
  }
  if (!table.rows.empty()) print(table);
  context.note(fmt::format("lines {} to {}, {} of them in {}", text_at(verdict, "first"),
                           text_at(verdict, "last"), text_at(verdict, "lines"),
                           counted(number_at(verdict, "files"), "file")));
}

// A log that is not whole is a failure of the command, too.
Outcome<void> show_verdict(const json::value& verdict, std::string_view text,
                           const Context& context) {
  if (context.json) {
    print_json(text);
  } else {
    print_verdict(verdict, context);
  }
  if (text_at(verdict, "ok") == "true") return {};
  return Failure{Exit::failed, "the audit log is not whole: compare it with a copy from elsewhere"};
}

Outcome<void> verify(const Options& options, const Context& context) {
  if (options.stopped) {
    auto finding =
        ask_byokd(options.offline, {"--verify-audit", "--from", fmt::format("{}", options.from)});
    if (!finding) return finding.error();
    return show_verdict(finding->json, finding->text, context);
  }
  auto client = Client::open(context);
  if (!client) return client.error();
  client->wait_for_long();
  auto answer = client->call(
      {"GET", fmt::format("/admin/audit/verify?from={}", options.from), "verify the audit log"});
  if (!answer) return answer.error();
  return show_verdict(answer->json, answer->text(), context);
}

}  // namespace

void add_audit(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* audit = app.add_subcommand("audit", "What was changed, and by whom: tail, verify");
  audit->require_subcommand(1);

  CLI::App* tail_command = audit->add_subcommand("tail", "Print the audit log's last lines");
  tail_command->add_option("-n,--lines", options->lines, "How many, up to 1000")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(whole_number(1, 1000));
  add_examples(tail_command, {{"byok audit tail", ""},
                              {"byok audit tail -n 1000 | grep '\"tenant\":\"acme\"'", ""}});
  when_chosen(tail_command, context, options, tail);

  CLI::App* verify_command = audit->add_subcommand(
      "verify", "Prove each line: none was changed, removed, inserted or moved");
  verify_command
      ->add_option("--from", options->from, "The first line that has to be there, by its seq")
      ->type_name("LINE")
      ->capture_default_str()
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
  add_stopped_option(verify_command, options->stopped, options->offline);
  add_examples(
      verify_command,
      {{"byok audit verify", ""},
       {"byok audit verify --from 120001", "the lines before are kept elsewhere"},
       {"byok audit verify --stopped --system", "of the system's byokd, which is stopped"}},
      "Fails where something is wrong, and tells where.");
  when_chosen(verify_command, context, options, verify);

  audit->group(group);
  add_examples(audit, {{"byok audit tail", ""}, {"byok audit verify", ""}});
}

}  // namespace byok::cli
