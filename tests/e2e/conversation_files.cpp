// Files that a conversation reads and writes: what is attached, saved, and recalled the next time.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include "tests/e2e/conversation_world.hpp"

using namespace byok::testing;

TEST_CASE("a conversation is saved as Markdown, and over a file only for a yes") {
  Conversation f;
  const std::string file = (f.world.byokd.folder() / "chat.md").string();
  Terminal terminal(f.command(), f.environment, 200);
  terminal.until(prompt);
  terminal.type("/save " + file + "\r");
  terminal.until("there is nothing to save" + prompt);
  terminal.type("hi\r");
  terminal.until("to: hi" + prompt);
  terminal.type("/save " + file + "\r");
  terminal.until("saved as " + file + prompt);
  const std::string saved = "# A conversation\n\n## You\n\nhi\n\n## gpt-4o\n\nfake reply to: hi\n";
  CHECK(read_file(file) == saved);
  write_file(file, "mine");
  for (const std::string answer : {"n\r", "\r", "\x03", "\x04"}) {
    CAPTURE(answer);
    terminal.type("/save " + file + "\r");
    terminal.until("Replace it? [y/N]\n");
    terminal.type(answer);
    terminal.until("give another name" + prompt);
    CHECK(read_file(file) == "mine");
    terminal.type("\x0c");
    check_screen(terminal, {">"});
  }
  terminal.type("/save " + file + "\r");
  terminal.until("Replace it? [y/N]\n");
  terminal.type("y\r");
  terminal.until("saved as " + file + prompt);
  CHECK(read_file(file) == saved);
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}

TEST_CASE("a pipe is neither attached nor saved to, since both would wait for another program") {
  Conversation f;
  const std::string pipe = (f.world.byokd.folder() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  Terminal terminal(f.command(), f.environment, 200);
  terminal.until(prompt);
  terminal.type("/file " + pipe + "\r");
  terminal.until("it is no regular file: copy what it holds to one" + prompt);
  terminal.type("hi\r");
  terminal.until("to: hi" + prompt);
  terminal.type("/save " + pipe + "\r");
  terminal.until("is no regular file: give another name" + prompt);
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}

TEST_CASE("questions are recalled in the next conversation, and keys among them are not kept") {
  Conversation f;
  const std::string key = make_key("sk-proj-");
  {
    Terminal terminal(f.command(), f.environment);
    terminal.until(prompt);
    for (const std::string& line :
         Lines{"what is 1+1", " behind a blank", "is " + key + " a key?"}) {
      terminal.type(line + "\r");
      terminal.until("to: " + line + prompt);
    }
    terminal.type(ctrl_d);
    CHECK(terminal.wait() == 0);
  }
  CHECK(read_file(f.history()) == "\"what is 1+1\"\n");
  struct stat status {};
  CHECK(::stat(f.history().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  {
    Terminal terminal(f.command(), f.environment);
    terminal.until(prompt);
    terminal.type(up + home + "say " + end_key + "?");
    check_screen(terminal, {greeting, "> say what is 1+1?"});
  }
  Terminal terminal(f.command({"-m", "gpt-4o", "--no-history"}), f.environment);
  terminal.until(prompt);
  terminal.type(up + "new\r");
  terminal.until("to: new" + prompt);
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
  CHECK(read_file(f.history()) == "\"what is 1+1\"\n");
}

TEST_CASE("pictures go with the first question, and on with the conversation") {
  Conversation f;
  const std::string picture = (f.world.byokd.folder() / "dot.gif").string();
  write_file(picture, "GIF89a");
  Terminal terminal(f.command({"-m", "gpt-4o", "-q", "-f", picture}), f.environment);
  terminal.becomes({">"});
  for (const std::string question : {"what", "sure"}) {
    terminal.type(question + "\r");
    terminal.until("to: " + question + prompt);
    const json::value body = json::parse(f.world.fake.calls().back().body);
    const json::array& first = body.at("messages").at(0).at("content").as_array();
    CHECK(first.at(0).at("text") == json::value("what"));
    CHECK(first.at(1).at("image_url").at("url") == json::value("data:image/gif;base64,R0lGODlh"));
  }
  terminal.type(ctrl_d);
  CHECK(terminal.wait() == 0);
}
