// byok chat as a conversation: a person at a terminal, the real byokd and the fake provider.
#include <doctest/doctest.h>

#include <signal.h>

#include "tests/e2e/conversation_world.hpp"

using namespace byok::testing;

TEST_CASE("three turns: a line is edited, one is recalled, and each sends all that was said") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  Lines screen{greeting, ">"};
  check_screen(terminal, screen);
  CHECK(terminal.screen().column() == 2);

  // Arrows, backspace and what is put in between.
  terminal.type("helo worlds" + backspace + home + "\x1b[C\x1b[C\x1b[C" + "l");
  screen.back() = "> hello world";
  check_screen(terminal, screen);
  CHECK(terminal.screen().column() == 6);
  terminal.type("\r");
  screen.insert(screen.end(), {"fake reply to: hello world", ">"});
  check_screen(terminal, screen);
  CHECK(f.sent() == Lines{"user: hello world"});

  // The line before, with another end.
  terminal.type(up + left + left + backspace + backspace + "\x0b" + "at?");
  screen.back() = "> hello wat?";
  check_screen(terminal, screen);
  terminal.type("\r");
  screen.insert(screen.end(), {"fake reply to: hello wat?", ">"});
  check_screen(terminal, screen);

  terminal.type("gr\xc3\xbc\xc3\x9f" + backspace + "n\r");
  screen.back() = "> gr\xc3\xbcn";
  screen.insert(screen.end(), {"fake reply to: gr\xc3\xbcn", ">"});
  check_screen(terminal, screen);
  CHECK(f.sent() == Lines{"user: hello world", "assistant: fake reply to: hello world",
                          "user: hello wat?", "assistant: fake reply to: hello wat?",
                          "user: gr\xc3\xbcn"});
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}

TEST_CASE(
    "Ctrl-C stops an answer, closes its connection, and what came stays in the conversation") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  terminal.until(prompt);
  // The words of an answer, a minute apart.
  f.world.fake.script(R"([{"match":"chat","gap_ms":60000}])");
  terminal.type("one\r");
  Lines screen{greeting, "> one", "fake"};
  check_screen(terminal, screen);
  CHECK(terminal.is_cooked());
  terminal.type(ctrl_c);
  screen = {greeting, "> one", "fake ^C", "broken off; what came stays in the conversation", ">"};
  check_screen(terminal, screen);
  CHECK(eventually([&] { return f.world.fake.stats().at("endedByPeer").as_array().size() == 1; }));

  terminal.type("go on\r");
  screen.back() = "> go on";
  screen.insert(screen.end(), {"fake reply to: go on", ">"});
  check_screen(terminal, screen);
  CHECK(f.sent() == Lines{"user: one", "assistant: fake ", "user: go on"});

  // Before anything came: the question stands at the prompt again.
  f.world.fake.script(R"([{"match":"chat","delay_ms":60000}])");
  const std::size_t calls = f.world.fake.calls().size();
  terminal.type("two\r");
  CHECK(eventually([&] { return f.world.fake.calls().size() == calls + 1; }));
  terminal.type(ctrl_c);
  terminal.until("broken off before the answer began\n> two");
  terminal.type("!\r");
  terminal.until("to: two!" + prompt);
  CHECK(f.sent().size() == 5);
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}

TEST_CASE("a turn that fails is told of, and its question stands at the prompt again") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  terminal.until(prompt);
  f.world.fake.script(R"([{"match":"chat","status":429,"body":{"error":{"message":"slow down",
      "type":"requests","param":null,"code":"rate_limit_exceeded"}}}])");
  terminal.type("first \\\rsecond\r");
  terminal.until("slow down");
  // Both lines of it.
  const std::string shown = terminal.until("> first\nsecond\n");
  CAPTURE(shown);
  CHECK(shown.find("> first\nsecond\n") != std::string::npos);
  terminal.type("\r");
  terminal.until("fake reply to: first\nsecond" + prompt);
  CHECK(f.sent() == Lines{"user: first \nsecond"});
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}

TEST_CASE("Ctrl-C gives up a line, at an empty prompt tells how to leave, and Ctrl-D leaves") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  terminal.until(prompt);
  terminal.type("never mind");
  check_screen(terminal, {greeting, "> never mind"});
  // From within the line.
  terminal.type(left + left + ctrl_c);
  Lines screen{greeting, "> never mind^C", ">"};
  check_screen(terminal, screen);
  terminal.type(ctrl_c);
  screen = {greeting, "> never mind^C", "> ^C", "Ctrl-D or /exit leaves, /help lists the commands",
            ">"};
  check_screen(terminal, screen);
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
  CHECK(terminal.is_cooked());
  CHECK(f.world.fake.calls().empty());
}

TEST_CASE("a signal at the prompt leaves the terminal as it was") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  terminal.until(prompt);
  CHECK_FALSE(terminal.is_cooked());
  ::kill(terminal.pid(), SIGTERM);
  CHECK(terminal.wait() == -SIGTERM);
  CHECK(terminal.is_cooked());
}

TEST_CASE("what is pasted is one question, however many lines it has") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  terminal.until(prompt);
  terminal.type("see: " + pasted("one\rtwo") + "\r");
  terminal.until("fake reply to: see: one\ntwo" + prompt);
  CHECK(f.sent() == Lines{"user: see: one\ntwo"});

  std::string longer;
  for (int i = 0; i < 40; ++i) longer += "line " + std::to_string(i) + "\n";
  terminal.type(pasted(longer) + " ok?");
  CHECK(terminal.until("[pasted text 1: 40 lines] ok?").find("line 39") == std::string::npos);
  terminal.type("\r");
  terminal.until("line 39 ok?" + prompt);
  CHECK(f.sent().back() == "user: " + longer.substr(0, longer.size() - 1) + " ok?");

  terminal.type("\"\"\"\rint main() {\\\r\r}\r\"\"\"\r");
  terminal.until("to: int main() {\\\n\n}" + prompt);
  CHECK(f.sent().back() == "user: int main() {\\\n\n}");
  terminal.type("/exit\r");
  CHECK(terminal.wait() == 0);
}

TEST_CASE("commands: models are listed, completed and changed, and a wrong one names the nearest") {
  Conversation f;
  Terminal terminal(f.command(), f.environment);
  terminal.until(prompt);
  terminal.type("/mo\t gpt-4o-\t\r");
  Lines screen{greeting, "> /model gpt-4o-mini", "gpt-4o-mini is asked from now on", ">"};
  check_screen(terminal, screen);
  terminal.type("/model\r");
  screen.back() = "> /model";
  screen.insert(screen.end(), {"  gpt-4o", "* gpt-4o-mini", ">"});
  check_screen(terminal, screen);
  terminal.type("/sytem x\r");
  terminal.until("did you mean /system?" + prompt);
  terminal.type("/system be brief\r");
  terminal.until("the system prompt is set" + prompt);
  terminal.type("hi\r");
  terminal.until("to: hi" + prompt);
  CHECK(f.sent() == Lines{"system: be brief", "user: hi"});
  const auto body = json::parse(f.world.fake.calls().back().body);
  CHECK(body.at("model") == json::value("gpt-4o-mini"));
  terminal.type("/retry\r");
  terminal.until("> /retry\nfake reply to: hi" + prompt);
  CHECK(f.sent() == Lines{"system: be brief", "user: hi"});
  terminal.type("/clear\r");
  terminal.until("the system prompt stay" + prompt);
  terminal.type("anew\r");
  terminal.until("to: anew" + prompt);
  CHECK(f.sent() == Lines{"system: be brief", "user: anew"});
  terminal.type("/exit\r");
  CHECK(terminal.wait() == 0);
}

TEST_CASE("without a model the conversation begins all the same, and asks for one") {
  Conversation f;
  Terminal terminal(f.command({}), f.environment);
  terminal.until("choose a model with /model" + prompt);
  terminal.type("hi\r");
  terminal.until("TAB lists them\n> hi\n");
  CHECK(f.world.fake.calls().back().target == "/v1/models");
  terminal.type(ctrl_c);
  terminal.until("> hi^C" + prompt);
  terminal.type("/model gpt-4o\r");
  terminal.until("gpt-4o is asked from now on" + prompt);
  terminal.type("hi\r");
  terminal.until("to: hi" + prompt);
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}

TEST_CASE("bold only where the terminal and the person take it, and nothing at all on a dumb one") {
  struct Case {
    std::string_view name;
    Environment more;
    bool bold;
    bool moves;
  };
  Conversation f;
  for (const Case& c :
       {Case{"xterm", {}, true, true}, Case{"NO_COLOR", {{"NO_COLOR", "1"}}, false, true},
        Case{"dumb", {{"TERM", "dumb"}}, false, false}}) {
    CAPTURE(c.name);
    Environment environment = f.environment;
    for (const auto& [name, value] : c.more) environment[name] = value;
    Terminal terminal(f.command(), environment);
    terminal.until(prompt);
    terminal.type("hi\r");
    terminal.until("to: hi" + prompt);
    terminal.type(ctrl_d);
    CHECK(terminal.wait() == 0);
    CHECK((terminal.bytes().find("\x1b[1m") != std::string::npos) == c.bold);
    CHECK((terminal.bytes().find('\x1b') != std::string::npos) == c.moves);
  }
}

TEST_CASE("a sign turns while an answer is awaited, and leaves nothing behind") {
  Conversation f;
  f.world.fake.script(R"([{"match":"chat","delay_ms":60000}])");
  Terminal waiting(f.command({"-m", "gpt-4o", "hi"}), f.environment);
  waiting.until("|\n");
  waiting.until("/\n");
  waiting.type(ctrl_c);
  CHECK(waiting.wait() == 130);
  CHECK(waiting.screen().lines().empty());
}
