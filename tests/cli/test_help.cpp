// What --help says of every command, by a walk over the description of the command line.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "cli/arguments.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/text.hpp"
#include "common/help_page.hpp"
#include "tests/cli/program.hpp"

using namespace byok;

namespace {

struct Described {
  cli::Context context;
  CLI::App app;
  Described() { cli::describe(app, context, "byok"); }
};

using Visit = std::function<void(const CLI::App& command, const std::string& name)>;

void walk(const CLI::App& app, const std::string& name, const Visit& visit) {
  visit(app, name);
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    walk(*each, name + " " + each->get_name(), visit);
  }
}

std::string page(const CLI::App& command, const std::string& name) {
  return command.get_formatter()->make_help(&command, name, CLI::AppFormatMode::Normal);
}

}  // namespace

TEST_CASE("every command has a description and examples that are of it") {
  Described described;
  int commands = 0;
  walk(described.app, "byok", [&](const CLI::App& command, const std::string& name) {
    CAPTURE(name);
    ++commands;
    CHECK_FALSE(command.get_description().empty());
    CHECK_FALSE(command.get_description().ends_with('.'));
    const std::string footer = command.get_footer();
    const std::size_t examples = footer.find("Examples:\n");
    REQUIRE(examples != footer.npos);
    // `byok --tenant acme token create` is one of token create.
    const std::string last = command.get_name();
    CHECK(footer.find(last, examples) != footer.npos);
  });
  CHECK(commands > 30);
}

TEST_CASE("every option and argument has a description") {
  Described described;
  int options = 0;
  walk(described.app, "byok", [&](const CLI::App& command, const std::string& name) {
    for (const CLI::Option* option : command.get_options()) {
      CAPTURE(name);
      CAPTURE(option->get_name());
      ++options;
      CHECK_FALSE(option->get_description().empty());
      CHECK(option->get_description().find('\n') == std::string::npos);
    }
  });
  CHECK(options > 60);
}

TEST_CASE("a help page fits in 100 columns, and has nothing of the parser's own words") {
  Described described;
  walk(described.app, "byok", [&](const CLI::App& command, const std::string& name) {
    CAPTURE(name);
    const std::string text = page(command, name);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(cli::columns(line) <= page_width);
      CHECK_FALSE(line.ends_with(' '));
    }
    for (const char* word : {"[Option Group", "UINT", ":INT", "SUBCOMMAND", "Positionals"}) {
      CAPTURE(word);
      CHECK(text.find(word) == std::string::npos);
    }
    CHECK(text.find("Usage: " + name) != std::string::npos);
    CHECK(text.find("--help") != std::string::npos);
  });
}

TEST_CASE("byok --help lists commands by whom they are for, the environment and the exit codes") {
  testing::Ran ran = testing::run_byok({"--help"});
  CHECK(ran.exit == 0);
  CHECK(ran.err.empty());
  std::size_t last = 0;
  for (const char* part : {"Usage: byok [OPTION ...] COMMAND", "\nFor everyone:\n", "\n  chat ",
                           "\nKeys and usage, ", "\n  set ", "\nFor operators:\n", "\n  tenant ",
                           "\nOptions:\n", "--tenant TENANT", "\nEnvironment:\n", "BYOK_TOKEN",
                           "\nExit codes:\n", "\n  6 ", "\n  130 ", "\nExamples:\n"}) {
    CAPTURE(part);
    const std::size_t place = ran.out.find(part, last);
    REQUIRE(place != std::string::npos);
    last = place;
  }
}

TEST_CASE("byok help is what --help prints") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"set"}, {"token", "create"}}) {
    CAPTURE(words);
    std::vector<std::string> help = words;
    help.insert(help.begin(), "help");
    std::vector<std::string> option = words;
    option.emplace_back("--help");
    CHECK(testing::run_byok(help).out == testing::run_byok(option).out);
  }
  testing::Ran ran = testing::run_byok({"help", "token", "sk-proj-0123456789"});
  CHECK(ran.exit == 2);
  CHECK(ran.err == "byok: no such command: see `byok token --help`\n");
}

TEST_CASE("byok completion prints the scripts of the three shells") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    testing::Ran ran = testing::run_byok({"completion", shell});
    CHECK(ran.exit == 0);
    CHECK(ran.out.find("__complete " + std::string(shell)) != std::string::npos);
    CHECK(ran.out.ends_with('\n'));
    CHECK(ran.out == cli::completion_script(shell));
  }
  testing::Ran other = testing::run_byok({"completion", "powershell"});
  CHECK(other.exit == 2);
  CHECK(other.err == "byok: SHELL must be bash, zsh or fish: see `byok completion --help`\n");
}
