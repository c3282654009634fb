// What is typed at the prompt of a conversation.
#include <doctest/doctest.h>

#include <optional>

#include "cli/chat_commands.hpp"
#include "cli/chat_completion.hpp"
#include "cli/input_lines.hpp"
#include "cli/pasted_texts.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok::cli;
using byok::testing::TempFolder;

TEST_CASE("lines are joined to what they say together") {
  struct Case {
    std::string_view name;
    std::vector<std::string> lines;
    std::optional<std::string> whole;
  };
  const Case cases[] = {
      {"one", {"a"}, "a"},
      {"an empty one", {""}, ""},
      {"continued", {"a\\", "b\\", "c"}, "a\nb\nc"},
      {"continued by nothing", {"a\\", ""}, "a\n"},
      {"not over yet", {"a\\"}, std::nullopt},
      {"a block", {"\"\"\"", "a\\", "", "b", "\"\"\""}, "a\\\n\nb"},
      {"a block that begins and ends with text", {"\"\"\"a", "b\"\"\" "}, "a\nb"},
      {"a block on one line", {"  \"\"\"a\"\"\""}, "a"},
      {"an empty block", {"\"\"\"", "\"\"\""}, ""},
      {"marks within a block", {"\"\"\"", "a \"\"\" b", "\"\"\""}, "a \"\"\" b"},
      {"a pasted block", {"\"\"\"\na\nb\n\"\"\""}, "\na\nb\n"},
      {"an open block", {"\"\"\"", "a"}, std::nullopt},
      {"marks inside a line", {"say \"\"\""}, "say \"\"\""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    InputLines input;
    std::optional<std::string> whole;
    for (const std::string& line : c.lines) {
      REQUIRE_FALSE(whole);
      whole = input.take(line);
    }
    CHECK(whole == c.whole);
    CHECK(input.is_open() == !c.whole);
    if (!c.whole) CHECK(input.close() == "a");
    CHECK_FALSE(input.is_open());
  }
}

TEST_CASE("a line is a command, a question, or told to be neither") {
  struct Case {
    std::string_view line;
    ChatCommand command;
    std::string_view argument;
  };
  const Case cases[] = {
      {"/model", ChatCommand::model, ""},
      {"/model  gpt-4o ", ChatCommand::model, "gpt-4o"},
      {"/system be\nbrief", ChatCommand::system, "be\nbrief"},
      {"/save a b.md", ChatCommand::save, "a b.md"},
      {"/file a.png", ChatCommand::file, "a.png"},
      {"/retry", ChatCommand::retry, ""},
      {"/clear", ChatCommand::clear, ""},
      {"/help", ChatCommand::help, ""},
      {"/exit", ChatCommand::exit, ""},
      {"/quit", ChatCommand::exit, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    auto read = read_command(c.line);
    REQUIRE(read.has_value());
    REQUIRE(read->has_value());
    CHECK((*read)->command == c.command);
    CHECK((*read)->argument == c.argument);
  }
  for (const std::string_view question : {"hi", "", " /model", "/usr/bin/x fails", "a /help"}) {
    CAPTURE(question);
    auto read = read_command(question);
    REQUIRE(read.has_value());
    CHECK_FALSE(read->has_value());
  }
  struct Mistake {
    std::string_view line;
    std::string_view message;
  };
  for (const Mistake& c : {Mistake{"/modle x", "/modle is no command: did you mean /model?"},
                           Mistake{"/sav", "/sav is no command: did you mean /save?"},
                           Mistake{"/xyzzy", "/xyzzy is no command: /help lists them"},
                           Mistake{"/", "/ is no command: /help lists them"},
                           Mistake{"/save", "/save needs a file's name behind it"},
                           Mistake{"/exit now", "/exit takes nothing behind it: give it alone"}}) {
    CAPTURE(c.line);
    auto read = read_command(c.line);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message.starts_with(c.message));
  }
  for (const std::string& name : command_names()) {
    CHECK(("\n" + command_help()).find("\n" + name + " ") != std::string::npos);
  }
}

TEST_CASE("commands, models and files are completed, questions are not") {
  const TempFolder folder;
  folder.write("chat.md", "");
  folder.write("chart.md", "");
  folder.write(".hidden", "");
  std::filesystem::create_directory(folder / "notes");
  const std::string in = folder.path().string() + "/";
  const std::vector<std::string> models{"gpt-4o", "gpt-4o-mini", "o1"};
  struct Case {
    std::string before;
    std::vector<std::string> all;
  };
  const Case cases[] = {
      {"", {}},
      {"hello", {}},
      {"/s", {"/save", "/system"}},
      {"/x", {}},
      {"/model ", {"/model gpt-4o", "/model gpt-4o-mini", "/model o1"}},
      {"/model  gpt-4o-", {"/model  gpt-4o-mini"}},
      {"/system gpt", {}},
      {"/save " + in + "ch", {"/save " + in + "chart.md", "/save " + in + "chat.md"}},
      {"/file " + in + "n", {"/file " + in + "notes/"}},
      {"/file " + in + ".", {"/file " + in + ".hidden"}},
      {"/file " + in + "none/", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(completions(c.before, [&]() -> const std::vector<std::string>& { return models; }) ==
          c.all);
  }
}

TEST_CASE("a pasted text is cleaned, and a long one stands for itself in words") {
  struct Case {
    std::string pasted;
    std::string taken;
  };
  for (const Case& c : {Case{"one\rtwo\r", "one\ntwo"}, Case{"one\r\ntwo", "one\ntwo"},
                        Case{"a\x1b[31mb\x07", "a[31mb"}, Case{"caf\xe9", "caf\xef\xbf\xbd"},
                        Case{"\ta", "\ta"}, Case{"", ""}}) {
    CAPTURE(c.pasted);
    CHECK(PastedTexts().take(c.pasted) == c.taken);
  }
  PastedTexts texts;
  const std::string lines = "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n[pasted text 2: 1 line]";
  const std::string wide(3000, 'x');
  CHECK(texts.take(lines) == "[pasted text 1: 11 lines]");
  CHECK(texts.take(wide) == "[pasted text 2: 1 line]");
  CHECK(texts.expand(
            "a [pasted text 2: 1 line] b [pasted text 1: 11 lines] [pasted text 3: 1 line]") ==
        "a " + wide + " b " + lines + " [pasted text 3: 1 line]");
  CHECK(texts.expand("[pasted text 1: 11 lines]") == "[pasted text 1: 11 lines]");
}
