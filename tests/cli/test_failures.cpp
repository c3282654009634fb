// What goes wrong, and how it is told: by one line that says what to do, and by the exit code.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "common/file_descriptor.hpp"
#include "tests/cli/served.hpp"

using byok::FileDescriptor;
using namespace byok::testing;

TEST_CASE("the API's errors become exit codes and one line") {
  struct Case {
    int status;
    const char* body;
    int exit;
    const char* line;
  };
  const Case cases[] = {
      {404, R"({"error":"KEY_NOT_FOUND","message":"store one first","requestId":"r"})", 5,
       "byok: cannot rotate the key for openai (KEY_NOT_FOUND): store one first\n"},
      {401, R"({"error":"UNAUTHORIZED","message":"give a token"})", 4,
       "byok: cannot rotate the key for openai (UNAUTHORIZED): give a token\n"},
      {422, R"({"error":"NO_PROVIDER_KEY","message":"a\nb"})", 6,
       "byok: cannot rotate the key for openai (NO_PROVIDER_KEY): a b\n"},
      {500, R"({"error":"SOMETHING_NEW","message":"m"})", 1,
       "byok: cannot rotate the key for openai (SOMETHING_NEW): m\n"},
      {403, "<html>", 4, "byok: cannot rotate the key for openai, what answers at "},
      {502, "", 1, "byok: cannot rotate the key for openai, what answers at "},
      {200, "hello", 1, "byok: cannot rotate the key for openai, what answers at "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    Served served({c.status == 200 ? ok(c.body) : error(c.status, c.body)});
    Ran ran = served.run({"rotate", "openai"});
    CHECK(ran.exit == c.exit);
    CHECK(ran.out.empty());
    CHECK(ran.err.starts_with(c.line));
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
  }
}

TEST_CASE("a daemon that is not there, or breaks off, ends with 3") {
  TempFolder dir;
  Words nowhere{"HOME=" + dir / "home", "XDG_RUNTIME_DIR=" + dir / "run"};
  Ran ran = run_byok({"list"}, nowhere);
  CHECK(ran.exit == 3);
  CHECK(ran.err.starts_with("byok: byokd is not running: start it with `byokd`"));

  ran = run_byok({"list"}, {"BYOK_ADDR=unix:" + dir / "none"});
  CHECK(ran.exit == 3);
  CHECK(ran.err.starts_with("byok: cannot reach byokd at unix:"));

  Served served({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", true}});
  ran = served.run({"list"});
  CHECK(ran.exit == 3);
}

TEST_CASE("a success that does not bear byokd's request id is another server's") {
  const std::string body = "{\"id\":\"tok_1\",\"token\":\"byok_x\",\"line\":1,\"ok\":true}\n";
  const std::string event = "data: {\"delta\":{\"content\":\"hi\"},\"done\":true}\n\n";
  const auto foreign = [](const std::string& type, const std::string& text) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Type: " + type +
                     "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text,
                 true};
  };
  struct Case {
    Words words;
    std::string input;
    Reply reply;
  };
  TempFolder folder;
  const Case cases[] = {
      {{"set", "openai"}, "sk-1\n", foreign("application/json", body)},
      {{"delete", "openai", "-y"}, "", foreign("application/json", body)},
      {{"token", "create"}, "", foreign("application/json", body)},
      {{"--json", "token", "create"}, "", foreign("application/json", body)},
      {{"chat", "-m", "m", "hi"}, "", foreign("text/event-stream", event)},
      {{"chat", "-m", "m", "--no-stream", "hi"}, "", foreign("application/json", body)},
      {{"backup", folder / "backup"}, "", foreign("application/octet-stream", "a page")},
      {{"import", "-"}, "{\"tenant\":\"a\"}\n", foreign("application/x-ndjson", body)},
      {{"--json", "import", "-"}, "{\"tenant\":\"a\"}\n", foreign("application/x-ndjson", body)},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    Served served({c.reply});
    Ran ran = served.run(c.words, {}, c.input);
    CAPTURE(ran.err);
    CHECK(ran.exit == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err.ends_with(", what answers at " + served.server.address().str() +
                            " is not byokd: give its address with --addr\n"));
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
    CHECK(folder.empty());
  }
}

TEST_CASE("what is shown once and could not be written is named, so that it can be revoked") {
  struct Case {
    std::string kind;
    std::string id;
    Words create;
    const char* answer;
  };
  const Case cases[] = {
      {"token",
       "tok_1",
       {"token", "create"},
       R"({"id":"tok_1","token":"byok_x","tenant":"default"})"},
      {"link",
       "lnk_1",
       {"link", "create", "--provider", "openai"},
       R"({"id":"lnk_1","url":"https://a.example/settings#link=byok_x","tenant":"default"})"}};
  const FileDescriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const FileDescriptor deaf(ends[1]);
  close(ends[0]);
  for (const Case& c : cases) {
    for (const int out : {full.get(), deaf.get()}) {
      for (const bool json : {false, true}) {
        CAPTURE(c.kind);
        CAPTURE(json);
        Served served({ok(c.answer)});
        Words words = c.create;
        if (json) words.insert(words.begin(), "--json");
        Ran ran = served.run_in({.out = out}, words);
        CHECK(ran.exit == 1);
        CHECK(ran.err.find("the " + c.kind + " " + c.id + " is made") != std::string::npos);
        CHECK(ran.err.find("revoke it with `byok " + c.kind + " revoke " + c.id + "`\n") !=
              std::string::npos);
        CHECK(ran.err.find("byok_x") == std::string::npos);
      }
    }
  }
}

TEST_CASE("help and version that cannot be written are a failure") {
  const FileDescriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (const char* option : {"--help", "--version"}) {
    CAPTURE(option);
    Ran ran = run_byok_in({.out = full.get()}, {option});
    CHECK(ran.exit == 1);
    CHECK(ran.err == "byok: cannot write the output: No space left on device\n");
  }
}

TEST_CASE("a key that is missing is said in the command line's words") {
  struct Case {
    const char* code;
    std::string message;
    std::string said;
    int exit;
  };
  const Case cases[] = {
      {"KEY_NOT_FOUND", "no key is stored for this provider: store one with PUT",
       "no key is stored for this provider: store one with `byok set PROVIDER`", 5},
      {"NO_PROVIDER_KEY", "no key for openai: store one with PUT /ai/providers/openai",
       "no key for openai: store one with `byok set openai`", 6},
      {"NO_PROVIDER_KEY", "the key changed: try again", "the key changed: try again", 6}};
  for (const Case& c : cases) {
    CAPTURE(c.said);
    Served served({error(
        404, std::string("{\"error\":\"") + c.code + R"(","message":")" + c.message + "\"}")});
    Ran ran = served.run({"rotate", "openai"});
    CHECK(ran.exit == c.exit);
    CHECK(ran.err ==
          std::string("byok: cannot rotate the key for openai (") + c.code + "): " + c.said + "\n");
  }
}

TEST_CASE("a file that is not there is told with what to do about it") {
  for (const Words& words :
       {Words{"import", "/nowhere"}, Words{"chat", "-m", "m", "-f", "/nowhere"},
        Words{"set", "openai", "--key-file", "/nowhere"}}) {
    Ran ran = run_byok(words);
    CHECK(ran.exit == 2);
    CHECK(ran.err.find("No such file or directory: name a file that is there") !=
          std::string::npos);
  }
}

TEST_CASE("output that cannot be written is no success") {
  Served served({ok(R"({"providers":[]})"), ok(R"({"providers":[]})")});
  Words arguments{"--addr", served.server.address().str(), "--json", "list"};
  std::string command = std::string(BYOK_PROGRAM);
  for (const std::string& word : arguments) command += " '" + word + "'";
  for (const char* place : {" >/dev/full", " >&-"}) {
    CAPTURE(place);
    int status = std::system((command + place + " 2>/dev/null").c_str());
    CHECK(WEXITSTATUS(status) == 1);
  }
}
