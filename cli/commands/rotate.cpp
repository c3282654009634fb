// byok rotate: encrypts a stored key anew, and replaces it in the same step where asked to; or, as
// the operator, all keys of all tenants.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/key_sources.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/lines.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string provider;
  bool new_key = false;
  bool verify = false;
  KeySource source;
  bool all = false;
  std::string older_than;
};

// What POST /admin/rotate tells, a JSON object a line, as it comes.
class RotationReport {
 public:
  void take(std::string_view piece) {
    lines_.take(piece, [this](std::string_view line) { take_line(line); });
  }
  std::uint64_t rotated() const { return rotated_; }
  std::uint64_t failed() const { return failed_; }
  bool done() const { return done_; }

 private:
  void take_line(std::string_view line) {
    const auto answer = parse_json(line);
    if (!answer) return complain("an answer is not JSON: is byokd of another version?");
    if (text_at(*answer, "ok") == "false") {
      const std::string tenant = text_at(*answer, "tenant");
      return complain(fmt::format("{}{}: {}", tenant == "-" ? "" : tenant + ", ",
                                  text_at(*answer, "error"), text_at(*answer, "message")));
    }
    rotated_ = number_at(*answer, "rotated");
    failed_ = number_at(*answer, "failed");
    done_ = text_at(*answer, "done") == "true";
  }

  Lines lines_;
  std::uint64_t rotated_ = 0;
  std::uint64_t failed_ = 0;
  bool done_ = false;
};

Outcome<void> rotate_all(const Options& options, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  std::string body;
  if (!options.older_than.empty()) {
    WipingBuffer text;
    append_json_string(text, options.older_than);
    body = fmt::format(R"({{"olderThan":{}}})", std::string_view(text.data(), text.size()));
  }
  HeldSignals signals({SIGINT});
  client->interrupt_by(signals.fd());
  RotationReport report;
  JsonPrinter json;
  Call call{"POST", "/admin/rotate", "rotate the keys"};
  auto received = client->stream(call, body, [&](std::string_view piece) {
    if (context.json) json.print(piece);
    report.take(piece);
  });
  if (report.done() || report.rotated() > 0) {
    context.note(
        fmt::format("{} rotated, {} failed", counted(report.rotated(), "key"), report.failed()));
  }
  if (!received) return received.error();
  if (!report.done()) return Failure{Exit::failed, "not all keys were rotated: run it again"};
  if (report.failed() > 0) {
    return Failure{Exit::failed, fmt::format("{} not rotated: see the lines above",
                                             counted(report.failed(), "key"))};
  }
  return {};
}

Outcome<void> rotate_one(const Options& options, const Context& context) {
  auto provider = provider_argument(options.provider);
  if (!provider) return provider.error();
  std::string name = provider->str();
  Secret body(std::size_t{0});
  if (options.new_key) {
    auto key = obtain_key(name, options.source, context);
    if (!key) return key.error();
    body = key_body(*key);
  }
  Call call{"POST",
            fmt::format("/ai/providers/{}/rotate{}", name, options.verify ? "?verify=true" : ""),
            fmt::format("rotate the key for {}", name)};
  return call_and_show(context, call, body.reveal(), [&](const Answer& answer) {
    const std::string verdict = verdict_in(answer.json);
    context.note(fmt::format("rotated the key for {}{} at {}", name,
                             verdict.empty() ? "" : fmt::format(", which {},", verdict),
                             text_at(answer.json, "rotatedAt")));
  });
}

Outcome<void> run(const Options& options, const Context& context) {
  if (!options.all && options.provider.empty()) {
    return usage_error("nothing was named to rotate: give a PROVIDER, or --all as the operator");
  }
  return options.all ? rotate_all(options, context) : rotate_one(options, context);
}

}  // namespace

void add_rotate(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("rotate", "Encrypt a key anew; calls go on with it meanwhile");
  command->group(group);
  CLI::Option* provider = command->add_option("PROVIDER", options->provider, "Whose key")
                              ->type_name(type_names::stored_provider);
  CLI::Option* new_key =
      command->add_flag("--new-key", options->new_key,
                        "Replace the key too: it is asked for, or read from standard input");
  new_key->needs(provider);
  command
      ->add_flag("--verify", options->verify,
                 "With --new-key: ask the provider first whether it accepts the key")
      ->needs(new_key);
  add_key_sources(command, options->source, new_key);
  CLI::Option* all =
      command->add_flag("--all", options->all, "Every key of every tenant, as the operator");
  all->excludes(provider);
  command
      ->add_option("--older-than", options->older_than,
                   "With --all: only what was not encrypted anew for so long")
      ->type_name(type_names::duration)
      ->check(a_duration("90d or 12h"))
      ->needs(all);
  add_examples(command,
               {{"byok rotate openai", "the same key under a new data key"},
                {"byok rotate openai --new-key", "asks for the key that replaces it"},
                {"byok rotate openai --new-key --key-file new.key", ""},
                {"byok rotate --all --older-than 90d", "as the operator, of all tenants"}});
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
