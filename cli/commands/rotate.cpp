// byok rotate: encrypts a stored key anew, and replaces it in the same step where asked to.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/key_sources.hpp"
#include "cli/json.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string provider;
  bool new_key = false;
};

Outcome<void> run(const Options& options, const Context& context) {
  auto provider = provider_argument(options.provider);
  if (!provider) return provider.error();
  std::string name = provider->str();
  Secret body(std::size_t{0});
  if (options.new_key) {
    auto key = obtain_key(name, {}, {});
    if (!key) return key.error();
    body = key_body(*key);
  }
  Call call{"POST", fmt::format("/ai/providers/{}/rotate", name),
            fmt::format("rotate the key for {}", name)};
  return call_and_show(context, call, body.reveal(), [&](const Answer& answer) {
    context.note(
        fmt::format("rotated the key for {} at {}", name, text_at(answer.json, "rotatedAt")));
  });
}

}  // namespace

void add_rotate(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("rotate", "Encrypt a key anew; calls go on with it meanwhile");
  command->add_option("PROVIDER", options->provider, "The provider")->required();
  command->add_flag("--new-key", options->new_key,
                    "Replace the key too: it is asked for, or read from standard input");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
