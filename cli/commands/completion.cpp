// byok completion: what teaches a shell to complete byok's command line.
#include "cli/commands/commands.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

struct Options {
  std::string shell;
};

Outcome<void> run(const Options& options, const Context&) {
  print(completion_script(options.shell));
  return {};
}

}  // namespace

void add_completion(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("completion", "Print what has a shell complete byok's command line");
  command->group(group);
  only(command->add_option("SHELL", options->shell, "bash, zsh or fish"), {"bash", "zsh", "fish"})
      ->required();
  add_examples(
      command,
      {{"source <(byok completion bash)", "in ~/.bashrc"},
       {"source <(byok completion zsh)", "in ~/.zshrc, after compinit"},
       {"byok completion fish >~/.config/fish/completions/byok.fish", ""}},
      "It completes commands, options and their values, and asks byokd, for a second at most, "
      "which tenants, providers, models and token ids there are.");
  when_chosen(command, context, options, run);
}

}  // namespace byok::cli
