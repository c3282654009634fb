// byok import: tenants, keys and tokens from a file, a JSON object a line.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstring>
#include <limits>
#include <system_error>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/files.hpp"
#include "cli/import_failures.hpp"
#include "cli/import_report.hpp"
#include "cli/json_output.hpp"
#include "cli/line_feed.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cli/token_sink.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string file;
  std::uint64_t from_line = 1;
  std::string tokens_out;
};

// In bytes; 0 where it is no file, and nobody knows how much will come.
std::uint64_t size_of(int fd) {
  struct stat found {};
  if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
  return static_cast<std::uint64_t>(found.st_size);
}

// How much of the file is answered: lines are taken to be of one length.
std::optional<double> share_of(const LineFeed& feed, std::uint64_t first, std::uint64_t answered,
                               std::uint64_t size) {
  const std::uint64_t fed = feed.bytes_fed();
  const std::uint64_t last = feed.last_line();
  if (size == 0 || last < first || answered < first) return std::nullopt;
  const std::uint64_t skipped = feed.bytes_read() > fed ? feed.bytes_read() - fed : 0;
  const std::uint64_t all = size > skipped ? size - skipped : 1;
  const double done = static_cast<double>(fed) * static_cast<double>(answered - first + 1) /
                      static_cast<double>(last - first + 1);
  return done / static_cast<double>(all);
}

std::string target(const Options& options) {
  if (options.from_line == 1) return "/admin/import";
  return fmt::format("/admin/import?firstLine={}", options.from_line);
}

// How far it is, and how to go on, where it did not come to its end.
void tell_rest(const Context& context, const ImportReport& report, const LineFeed& feed,
               const Options& options) {
  const std::uint64_t next = std::max(report.last_line() + 1, options.from_line);
  if (report.last_line() == 0) {
    context.note("nothing was answered: run it again as it was");
  } else {
    context.note(
        fmt::format("answered up to line {}: go on with --from-line {}, or run it again as it was: "
                    "what is there already is left alone, but for tokens without a name",
                    report.last_line(), next));
  }
  if (feed.was_taken() && feed.last_line() >= next) {
    context.note(
        fmt::format("lines {} to {} were sent and not answered: where they were taken all the "
                    "same, the text of their tokens is lost",
                    next, feed.last_line()));
  }
}

// Tokens were made whose text is nowhere: that is said with --quiet, too.
Failure cannot_save(const std::system_error& failure, std::uint64_t next, std::uint64_t sent) {
  std::string lost;
  if (sent >= next) {
    lost = fmt::format(
        "lines {} to {} were sent, and where they made tokens, the text of those is lost: revoke "
        "them, and ",
        next, sent);
  }
  return {Exit::failed, fmt::format("{}: {}go on with --from-line {}", failure.what(), lost, next)};
}

// An answer as it is, but for the text of a token, which goes where --tokens-out says.
void print_without_token(const boost::json::value& answer, JsonPrinter& json) {
  boost::json::value shown = answer;
  if (auto* object = shown.if_object()) object->erase("token");
  json.print(boost::json::serialize(shown) + "\n");
}

bool is_same_file(int one, int other) {
  struct stat first {};
  struct stat second {};
  return fstat(one, &first) == 0 && fstat(other, &second) == 0 && S_ISREG(first.st_mode) &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// The file must not be fed to itself: its lines would be tokens or answers, and come to no end.
Outcome<void> refuse_same_file(int input, const TokenSink& tokens, const Context& context) {
  const bool to_file = tokens.fd() != STDOUT_FILENO;
  if (to_file && is_same_file(input, tokens.fd())) {
    return usage_error("--tokens-out names the file that is imported: name another");
  }
  if ((context.json || !to_file) && is_same_file(input, STDOUT_FILENO)) {
    return usage_error("standard output is the file that is imported: write to another");
  }
  return {};
}

void tell_sum(const Context& context, const ImportReport& report, const Options& options) {
  context.note(fmt::format("{} taken, {} failed", counted(report.done(), "line"), report.failed()));
  if (report.new_tokens() > 0 && !options.tokens_out.empty()) {
    context.note(
        fmt::format("{} written to {}", counted(report.new_tokens(), "token"), options.tokens_out));
  }
  if (report.old_tokens() > 0) {
    context.note(fmt::format("{} there already: a token's text is shown once, when it is made",
                             report.old_tokens() == 1
                                 ? "1 named token was"
                                 : fmt::format("{} named tokens were", report.old_tokens())));
  }
}

Outcome<void> run(const Options& options, const Context& context) {
  auto input = open_input(options.file);
  if (!input) return input.error();
  auto client = Client::open(context);
  if (!client) return client.error();
  auto tokens = TokenSink::open(options.tokens_out);
  if (!tokens) return tokens.error();
  if (auto apart = refuse_same_file(input->get(), *tokens, context); !apart) return apart;
  const bool to_file = !options.tokens_out.empty();

  const bool watched = is_terminal(STDERR_FILENO) && !context.quiet;
  Progress progress(watched && !(context.json && is_terminal(STDOUT_FILENO)));
  ImportFailures failures(watched);
  JsonPrinter json;
  std::optional<std::system_error> unprinted;  // an answer, and those after it
  ImportReport report({
      .on_token =
          [&](std::string_view tenant, std::string_view token) {
            // The API's answers hold the tokens, too.
            if (!context.json || to_file) tokens->add(tenant, token);
          },
      .on_failure = [&](auto code, auto sentence) { failures.add(code, sentence); },
      .on_answer =
          [&](const boost::json::value& answer) {
            if (!context.json || !to_file || unprinted) return;
            try {
              print_without_token(answer, json);
            } catch (const std::system_error& failure) {
              // Tokens are still on their way to the file.
              unprinted = failure;
            }
          },
  });

  // Whoever reads the tokens and leaves is told what became of the rest.
  ignore_broken_pipes();
  HeldSignals signals({SIGINT, SIGTERM, SIGHUP});
  LineFeed feed(input->get(), options.from_line, signals.fd(), [&progress] {
    progress.say("stopping once what was sent is answered; again, to stop at once");
  });
  client->interrupt_by(feed.give_up_fd());
  const std::uint64_t size = size_of(input->get());
  const Call call{"POST", target(options), "import"};
  Outcome<void> received;
  try {
    received = client->upload(call, feed.fd(), "application/x-ndjson", [&](std::string_view piece) {
      if (context.json && !to_file) json.print(piece);
      report.take(piece);
      if (!to_file && is_terminal(STDOUT_FILENO)) progress.hide();
      tokens->flush(report.last_line());
      progress.show(report.done() + report.failed(),
                    share_of(feed, options.from_line, report.last_line(), size));
    });
    report.finish(received.has_value());
    tokens->flush(report.last_line());
    tokens->sync();
  } catch (const std::system_error& failure) {
    feed.finish();
    progress.hide();
    failures.tell();
    return cannot_save(failure, std::max(tokens->saved_up_to() + 1, options.from_line),
                       feed.last_line());
  }
  feed.finish();
  progress.hide();

  failures.tell();
  // Where nothing was sent, or all of it was refused, the failure says all.
  const bool unheard =
      !received && feed.was_taken() &&
      (received.error().exit == Exit::unreachable || received.error().exit == Exit::interrupted);
  if (received || unheard || report.last_line() > 0) {
    tell_sum(context, report, options);
    if (!received || feed.stopped() || feed.failure() != 0) {
      tell_rest(context, report, feed, options);
    }
  }
  if (!received && feed.stopped()) {
    return Failure{Exit::interrupted, received.error().message};
  }
  if (!received) return received.error();
  if (feed.failure() != 0) {
    return Failure{Exit::usage,
                   fmt::format("cannot read {}: {}", options.file, std::strerror(feed.failure()))};
  }
  if (feed.stopped()) return Failure{Exit::interrupted, "interrupted"};
  if (unprinted) {
    return Failure{Exit::failed,
                   fmt::format("{}: it was imported to the end all the same", unprinted->what())};
  }
  if (report.failed() > 0) {
    return Failure{Exit::failed,
                   fmt::format("{} not taken: mend {} and run it again",
                               report.failed() == 1 ? "1 line was"
                                                    : fmt::format("{} lines were", report.failed()),
                               report.failed() == 1 ? "it" : "them")};
  }
  return {};
}

}  // namespace

void add_import(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("import", "Make tenants, keys and tokens from a file");
  command->group(group);
  command->add_option("FILE", options->file, "A JSON object a line; - for standard input")
      ->check(not_empty())
      ->type_name(type_names::file)
      ->required();
  command
      ->add_option("--from-line", options->from_line,
                   "Leave out the lines before that one, as after an interruption")
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()))
      ->type_name("N");
  command
      ->add_option("--tokens-out", options->tokens_out,
                   "Where new tokens are written, for you alone, instead of standard output")
      ->type_name(type_names::file);
  add_examples(
      command,
      {{"byok import customers.ndjson --tokens-out tokens.tsv", ""},
       {"gpg -d customers.ndjson.gpg | byok import - >tokens.tsv", ""}},
      "A line: "
      "{\"tenant\":\"acme\",\"provider\":\"openai\",\"apiKey\":\"...\",\"token\":{\"name\":\"ci\"}}"
      "\n"
      "New tokens are told this once, each after its tenant and a tab. Running it again changes "
      "nothing that is there already. The answers that --json prints hold the new tokens, unless "
      "--tokens-out has them in a file. Ctrl-C stops it between two lines, and it says where.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
