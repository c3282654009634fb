// byok audit: what was changed, by whom, and whether the log of it is whole.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  unsigned lines = 20;
  std::uint64_t from = 1;
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

void print_verdict(const Answer& answer, const Context& context) {
  Table table{{"FILE", "LINE", "WHAT IS WRONG"}, {}};
  for (const json::value& problem : list_at(answer.json, "problems")) {
    table.rows.push_back(
        {text_at(problem, "file"), text_at(problem, "line"), text_at(problem, "message")});
  }
  if (!table.rows.empty()) print(table, "");
  context.note(fmt::format("lines {} to {}, {} of them in {}", text_at(answer.json, "first"),
                           text_at(answer.json, "last"), text_at(answer.json, "lines"),
                           counted(number_at(answer.json, "files"), "file")));
}

// A log that is not whole is a failure of the command, too.
Outcome<void> verify(const Options& options, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  auto answer = client->call(
      {"GET", fmt::format("/admin/audit/verify?from={}", options.from), "verify the audit log"});
  if (!answer) return answer.error();
  if (context.json) {
    print_document(answer->text());
  } else {
    print_verdict(*answer, context);
  }
  if (text_at(answer->json, "ok") == "true") return {};
  return Failure{Exit::failed, "the audit log is not whole: compare it with a copy from elsewhere"};
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* audit = app.add_subcommand("audit", "What was changed, and by whom");
  audit->require_subcommand(1)->group("Operator's commands");

  CLI::App* tail_command = audit->add_subcommand("tail", "Print the audit log's last lines");
  tail_command->add_option("-n,--lines", options->lines, "How many, up to 1000")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  when_chosen(tail_command, context, options, tail);

  CLI::App* verify_command = audit->add_subcommand(
      "verify", "Prove each line: none was changed, removed, inserted or moved");
  verify_command
      ->add_option("--from", options->from, "The first line that has to be there, by its seq")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  when_chosen(verify_command, context, options, verify);
}

}  // namespace byok::cli
