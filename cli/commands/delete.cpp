// byok delete: destroys a stored key.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/prompt.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string provider;
  bool yes = false;
};

Outcome<void> run(const Options& options, const Context& context) {
  auto provider = provider_argument(options.provider);
  if (!provider) return provider.error();
  std::string name = provider->str();
  if (!options.yes) {
    auto consent = confirm(fmt::format("Delete the key for {}?", name), "-y");
    if (!consent) return consent;
  }
  Call call{"DELETE", fmt::format("/ai/providers/{}", name),
            fmt::format("delete the key for {}", name)};
  return call_and_show(context, call, {}, [&](const Answer&) {
    context.note(fmt::format("deleted the key for {}", name));
  });
}

}  // namespace

void add_delete(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("delete", "Delete a key for good");
  command->group(group);
  command->add_option("PROVIDER", options->provider, "Whose key")
      ->type_name(type_names::stored_provider)
      ->required();
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  add_examples(command,
               {{"byok delete openai", "asks first"},
                {"byok delete openai -y", "in scripts, where nobody can be asked"}},
               "The key's data key is destroyed with it.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
