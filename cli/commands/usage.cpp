// byok usage: what calls were made, and how many tokens they took.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "cli/bar.hpp"
#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string from;
  std::string to;
  bool all = false;
};

std::string target(const Options& options) {
  std::string target = options.all ? "/admin/usage" : "/ai/usage";
  char before = '?';
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target += fmt::format("{}{}={}", before, name, path_segment(value));
    before = '&';
  };
  add("from", options.from);
  add("to", options.to);
  return target;
}

std::vector<std::string> row(const json::value& line) {
  return {text_at(line, "provider"), text_at(line, "model"),       text_at(line, "keySource"),
          text_at(line, "requests"), text_at(line, "inputTokens"), text_at(line, "outputTokens"),
          text_at(line, "errors")};
}

// A bar beside each row, the longest for the most requests.
void add_bars(Table& table, const json::array& usage) {
  std::uint64_t most = 0;
  for (const auto& line : usage) most = std::max(most, number_at(line, "requests"));
  if (most == 0) return;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < table.headers.size(); ++i) {
    std::size_t width = columns(table.headers[i]);
    for (const auto& row : table.rows) width = std::max(width, columns(on_one_line(row[i])));
    taken += width + 2;
  }
  constexpr std::size_t shortest = 8;
  constexpr std::size_t longest = 40;
  const std::size_t room = terminal_width(STDOUT_FILENO);
  if (room < taken + shortest) return;
  const std::size_t width = std::min(longest, room - taken);
  const bool blocks = speaks_utf8();
  table.headers.emplace_back("CHART");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto requests = static_cast<double>(number_at(usage[i], "requests"));
    table.rows[i].push_back(bar(requests / static_cast<double>(most), width, blocks));
  }
}

std::string summary(const json::value& answer) {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  for (const auto& line : list_at(answer, "usage")) {
    requests += number_at(line, "requests");
    errors += number_at(line, "errors");
    input += number_at(line, "inputTokens");
    output += number_at(line, "outputTokens");
  }
  return fmt::format("{} to {}: {}, {}, {} in, {} out", text_at(answer, "from"),
                     text_at(answer, "to"), counted(requests, "request"), counted(errors, "error"),
                     counted(input, "token"), output);
}

void show(const Context& context, const json::value& answer, bool all) {
  Table table{{"PROVIDER", "MODEL", "KEY", "REQUESTS", "INPUT", "OUTPUT", "ERRORS"}, {}};
  if (all) table.headers.insert(table.headers.begin(), "TENANT");
  for (const auto& line : list_at(answer, "usage")) {
    table.rows.push_back(row(line));
    if (all) table.rows.back().insert(table.rows.back().begin(), text_at(line, "tenant"));
  }
  const bool drawn = is_terminal(STDOUT_FILENO) && !table.rows.empty();
  if (drawn) add_bars(table, list_at(answer, "usage"));
  context.list(
      table, fmt::format("no calls from {} to {}", text_at(answer, "from"), text_at(answer, "to")));
  if (drawn) print(fmt::format("\n{}\n", on_one_line(summary(answer))));
}

Outcome<void> run(const Options& options, const Context& context) {
  // Dates of this form are in the order of their letters.
  if (!options.from.empty() && !options.to.empty() && options.from > options.to) {
    return usage_error("--from is after --to: exchange the two");
  }
  Call call{"GET", target(options), "show the usage"};
  return call_pages_and_show(context, call, "usage", [&](const json::value& answer) {
    show(context, answer, options.all);
  });
}

}  // namespace

void add_usage(CLI::App& app, Context& context, const char* group) {
  CLI::App* command = app.add_subcommand("usage", "Show the calls made and the tokens they took");
  command->group(group);
  auto options = std::make_shared<Options>();
  command
      ->add_option("--from", options->from,
                   "The first day, in UTC (29 days before the last by default)")
      ->type_name(type_names::day)
      ->check(a_day());
  command->add_option("--to", options->to, "The last day, in UTC (today by default)")
      ->type_name(type_names::day)
      ->check(a_day());
  command->add_flag("--all", options->all, "Of all tenants (operators)");
  add_examples(
      command,
      {{"byok usage", "the last 30 days"},
       {"byok usage --from 2026-06-01 --to 2026-06-30", ""},
       {"byok --json usage --all", "as the operator, of every tenant"}},
      "KEY says whose key was used: the tenant's, or the operator's (global). INPUT and OUTPUT "
      "are tokens, as the provider counted them: of a stream that does not tell them (OpenAI's "
      "does with stream_options.include_usage) they are 0. An operator sees neither models nor "
      "tokens of calls with a tenant's own key. On a terminal a bar for the requests stands beside "
      "each.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
