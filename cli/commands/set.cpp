// byok set: stores a provider's key.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/key_sources.hpp"
#include "cli/json.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string provider;
  bool verify = false;
  KeySource source;
};

Outcome<void> run(const Options& options, const Context& context) {
  auto provider = provider_argument(options.provider);
  if (!provider) return provider.error();
  std::string name = provider->str();
  auto key = obtain_key(name, options.source, context);
  if (!key) return key.error();

  Call call{"PUT", fmt::format("/ai/providers/{}{}", name, options.verify ? "?verify=true" : ""),
            fmt::format("store the key for {}", name)};
  return call_and_show(context, call, key_body(*key).reveal(), [&](const Answer& answer) {
    const std::string verdict = verdict_in(answer.json);
    context.note(
        fmt::format("stored the key for {}{}{}", name, verdict.empty() ? "" : ", which ", verdict));
  });
}

}  // namespace

void add_set(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("set", "Store or replace the key for a provider");
  command->group(group);
  command
      ->add_option("PROVIDER", options->provider, "openai, anthropic, gemini or a configured one")
      ->type_name(type_names::provider)
      ->required();
  command->add_flag("--verify", options->verify,
                    "Ask the provider first whether it accepts the key");
  add_key_sources(command, options->source);
  add_examples(
      command,
      {{"byok set openai", "asks for the key, and does not show it"},
       {"byok set openai --verify", "stores nothing that OpenAI refuses"},
       {"byok set anthropic --from-env ANTHROPIC_API_KEY", ""},
       {"pass show gemini | byok set gemini", ""},
       {"byok --tenant acme set openai --key-file acme.key", "as the operator, for a tenant"}},
      "Without --from-env and --key-file the key is asked for on a terminal, and read as one "
      "line from standard input elsewhere. It is never taken as an argument.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
