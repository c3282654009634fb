// byok verify: asks a provider what it thinks of the stored key.
#include <fmt/format.h>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/json.hpp"
#include "cli/json_output.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string provider;
};

Outcome<void> run(const Options& options, const Context& context) {
  auto provider = provider_argument(options.provider);
  if (!provider) return provider.error();
  std::string name = provider->str();
  Call call{"POST", fmt::format("/ai/providers/{}/verify", name),
            fmt::format("verify the key for {}", name)};
  auto client = Client::open(context);
  if (!client) return client.error();
  auto answer = client->call(call);
  if (!answer) return answer.error();
  std::string status = text_at(answer->json, "status");
  if (context.json) {
    print_json(answer->text());
  } else {
    print_document(on_one_line(status));
  }
  if (status == "rejected") {
    return Failure{Exit::failed, fmt::format("{0} rejects the stored key: store another with "
                                             "`byok set {0}`",
                                             name)};
  }
  if (status != "valid" && status != "restricted") {
    return Failure{Exit::failed,
                   fmt::format("{} gave no answer that tells: try again later", name)};
  }
  return {};
}

}  // namespace

void add_verify(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("verify", "Ask the provider whether it accepts the stored key");
  command->group(group);
  command->add_option("PROVIDER", options->provider, "Whose key")
      ->type_name(type_names::stored_provider)
      ->required();
  add_examples(command, {{"byok verify openai", ""}, {"byok verify openai || byok set openai", ""}},
               "Prints valid, restricted, rejected or unknown; the last two fail.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
