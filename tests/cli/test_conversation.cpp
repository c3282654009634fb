#include <doctest/doctest.h>
#include <sys/stat.h>

#include "cli/attachment.hpp"
#include "cli/conversation.hpp"
#include "cli/files.hpp"
#include "cli/transcript.hpp"
#include "tests/support/no_rename_flags.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok;
using namespace byok::cli;
using byok::testing::read_file;
using byok::testing::TempFolder;

namespace {

const Attachment note{"note.txt", "", "one\n"};
const Attachment dot{"dot.gif", "image/gif", "R0lGODlh"};

}  // namespace

TEST_CASE("what is sent is the whole conversation and the question") {
  struct Case {
    std::string_view name;
    Conversation conversation;
    Question question;
    std::string messages;
  };
  const Turn said{{"hi", {}}, "hello", "gpt-4o", false};
  const Turn cut{{"more", {}}, "wel", "gpt-4o", true};
  const Case cases[] = {
      {"the first question", {"m", "", {}}, {"hi", {}}, R"([{"role":"user","content":"hi"}])"},
      {"turns before it, one of them broken off",
       {"m", "", {said, cut}},
       {"go on", {}},
       R"([{"role":"user","content":"hi"},{"role":"assistant","content":"hello"},)"
       R"({"role":"user","content":"more"},{"role":"assistant","content":"wel"},)"
       R"({"role":"user","content":"go on"}])"},
      {"a text that is attached",
       {"m", "", {}},
       {"sum up", {note}},
       R"([{"role":"user","content":"sum up\n\nnote.txt:\n```\none\n```"}])"},
      {"a text alone",
       {"m", "", {}},
       {"", {note}},
       R"([{"role":"user","content":"note.txt:\n```\none\n```"}])"},
      {"a picture, and a text before it",
       {"m", "", {}},
       {"what?", {dot, note}},
       R"([{"role":"user","content":[{"type":"text","text":"what?\n\nnote.txt:\n```\none\n```"},)"
       R"({"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlh"}}]}])"},
      {"a picture alone",
       {"m", "", {}},
       {"", {dot}},
       R"([{"role":"user","content":[)"
       R"({"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlh"}}]}])"},
      {"attachments of turns before",
       {"m", "", {{{"see", {dot}}, "a dot", "m", false}}},
       {"sure?", {}},
       R"([{"role":"user","content":[{"type":"text","text":"see"},)"
       R"({"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlh"}}]},)"
       R"({"role":"assistant","content":"a dot"},{"role":"user","content":"sure?"}])"},
      {"what is no UTF-8",
       {"m", "", {}},
       {"caf\xe9", {}},
       "[{\"role\":\"user\",\"content\":\"caf\xef\xbf\xbd\"}]"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(request_body(c.conversation, c.question, false) ==
          R"({"model":"m","messages":)" + c.messages + "}");
  }
  CHECK(request_body({"m", "be brief", {}}, {"hi", {}}, true) ==
        R"({"model":"m","systemPrompt":"be brief","messages":[{"role":"user","content":"hi"}],)"
        R"("stream":true})");
}

TEST_CASE("a conversation as Markdown says who said what, and what was broken off") {
  const Conversation conversation{
      "b",
      "be brief",
      {{{"hi", {note, dot}}, "hello\n\n- one\n", "a", false}, {{"more", {}}, "wel", "b", true}}};
  CHECK(transcript(conversation) ==
        "# A conversation\n\n## System\n\nbe brief\n\n"
        "## You\n\nhi\n\nnote.txt:\n```\none\n```\n\n*(picture: dot.gif)*\n\n"
        "## a\n\nhello\n\n- one\n\n## You\n\nmore\n\n## b\n\nwel\n\n*(broken off)*\n");
}

TEST_CASE("a file is made, replaced as a whole only where asked to, and a link to it kept") {
  const TempFolder folder;
  const std::string file = folder / "chat.md";
  CHECK_FALSE(is_there(file));
  CHECK(write_file(file, "one", false).has_value());
  CHECK(read_file(file) == "one");
  CHECK(is_there(file));
  CHECK(write_file(file, "two", false).error().exit == Exit::usage);
  CHECK(read_file(file) == "one");
  const std::string link = folder / "link";
  std::filesystem::create_symlink(file, link);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  CHECK(write_file(link, "three", true).has_value());
  CHECK(read_file(file) == "three");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms::owner_all);
  CHECK(write_file(folder / "missing/chat.md", "x", false).error().exit == Exit::failed);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()),
                      std::filesystem::directory_iterator()) == 2);
}

TEST_CASE("what is no regular file is neither written over nor waited for") {
  const TempFolder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string nowhere = folder / "nowhere";
  std::filesystem::create_symlink(folder / "missing", nowhere);
  for (const std::string& path :
       {pipe, nowhere, folder.path().string(), std::string("/dev/full")}) {
    CAPTURE(path);
    CHECK(may_replace(path).error().exit == Exit::usage);
    CHECK(write_file(path, "x", true).error().exit == Exit::usage);
    CHECK(attach_regular(path).error().exit == Exit::usage);
  }
  CHECK(may_replace(folder / "missing").has_value());
  CHECK(attach_regular(folder.write("note", "hi")).has_value());
}

TEST_CASE("a conversation is saved too where the file system cannot rename without replacing") {
  const TempFolder folder;
  const std::string file = folder / "chat.md";
  bool made = false;
  bool made_again = true;
  if (!byok::testing::without_rename_flags([&] {
        made = write_file(file, "one", false).has_value();
        made_again = write_file(file, "two", false).has_value();
      })) {
    return;
  }
  CHECK(made);
  CHECK_FALSE(made_again);
  CHECK(read_file(file) == "one");
}
