#include "daemon/arguments.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace byok::daemon {
namespace {

std::variant<Arguments, EarlyExit> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "byokd");
  return parse_arguments(static_cast<int>(words.size()), words.data(), "byokd 1.2.3");
}

TEST_CASE("the command line is read into its parts, -o in the order given") {
  auto parsed = parse({"--config", "/a.toml", "-o", "workers=2", "-o",
                       "listen=[\"http://[::1]:0\"]", "--check-config", "--system"});
  const Arguments* arguments = std::get_if<Arguments>(&parsed);
  REQUIRE(arguments != nullptr);
  CHECK(arguments->config_file == "/a.toml");
  CHECK(arguments->overrides ==
        std::vector<std::string>{"workers=2", "listen=[\"http://[::1]:0\"]"});
  CHECK(arguments->task == Task::check_config);
  CHECK(arguments->system);
}

TEST_CASE("an -o takes its value as it is, lists and empty texts too") {
  for (const char* word : {"a=[1, 2]", "a=", "a=b=c", "a=x,y", "[a]=1"}) {
    CAPTURE(word);
    auto parsed = parse({"-o", word});
    const Arguments* arguments = std::get_if<Arguments>(&parsed);
    REQUIRE(arguments != nullptr);
    CHECK(arguments->overrides == std::vector<std::string>{word});
  }
}

TEST_CASE("the audit log is verified from a line on where one is given") {
  auto parsed = parse({"--verify-audit", "--from", "120001"});
  const Arguments* arguments = std::get_if<Arguments>(&parsed);
  REQUIRE(arguments != nullptr);
  CHECK(arguments->task == Task::verify_audit);
  CHECK(arguments->audit_from == 120'001);
}

TEST_CASE("the help fits in 100 columns and tells examples, environment and exit codes") {
  auto parsed = parse({"--help"});
  const EarlyExit* exit = std::get_if<EarlyExit>(&parsed);
  REQUIRE(exit != nullptr);
  std::istringstream lines(exit->text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 100);
  }
  for (const char* part : {"Usage: byokd [OPTION ...]\n", "\nOptions:\n", "\nInstead of serving",
                           "\nExamples:\n", "\nEnvironment:\n", "\nExit codes:\n"}) {
    CAPTURE(part);
    CHECK(exit->text.find(part) != std::string::npos);
  }
  CHECK(exit->text.find("[Option Group") == std::string::npos);
}

TEST_CASE("nothing given means the defaults") {
  auto parsed = parse({});
  const Arguments* arguments = std::get_if<Arguments>(&parsed);
  REQUIRE(arguments != nullptr);
  CHECK_FALSE(arguments->config_file.has_value());
  CHECK(arguments->overrides.empty());
  CHECK(arguments->task == Task::serve);
  CHECK_FALSE(arguments->system);
}

TEST_CASE("help and version end the program with 0, mistakes with 2") {
  struct Case {
    std::string_view name;
    std::vector<const char*> words;
    int code;
    const char* says;
  };
  const Case cases[] = {
      {"help", {"--help"}, 0, "--check-config"},
      {"version", {"--version"}, 0, "byokd 1.2.3\n"},
      {"unknown option", {"--colour"}, 2, "byokd: "},
      {"stray word", {"start"}, 2, "byokd: "},
      {"a key", {"sk-0123456789"}, 2, "byokd: an argument is not understood"},
      {"option without its value", {"--config"}, 2, "byokd: "},
      {"mistyped option", {"--check-confg"}, 2, "did you mean --check-config?"},
      {"line 0", {"--verify-audit", "--from", "0"}, 2, "--from must be the number of a line"},
      {"a line of no log", {"--from", "2"}, 2, "--from requires --verify-audit"},
      {"two tasks", {"--doctor", "--check-config"}, 2, "byokd: "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    auto parsed = parse(c.words);
    const EarlyExit* exit = std::get_if<EarlyExit>(&parsed);
    REQUIRE(exit != nullptr);
    CHECK(exit->code == c.code);
    CHECK(exit->text.find(c.says) != std::string::npos);
    CHECK(exit->text.back() == '\n');
  }
}

}  // namespace
}  // namespace byok::daemon
