#include <doctest/doctest.h>

#include "tests/cli/canned_server.hpp"
#include "tests/cli/program.hpp"

using namespace byok::testing;

namespace {

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("a key typed at the prompt is stored and never shown") {
  CannedServer server(CannedServer::On::unix_socket,
                      {ok(R"({"provider":"openai","stored":true})")});
  auto ran = run_byok_on_terminal({"--addr", server.address().str(), "set", "openai"},
                                  "Key for openai (not shown): ", "sk-typed-by-hand\n");
  CHECK(ran.exit == 0);
  CHECK(ran.out.find("stored the key for openai") != std::string::npos);
  CHECK(ran.out.find("sk-typed") == std::string::npos);
  CHECK(ran.echoes);
  CHECK(body_of(server.request()) == R"({"apiKey":"sk-typed-by-hand"})");
}

TEST_CASE("a line that the terminal has cut is no key") {
  for (const bool cut : {false, true}) {
    CAPTURE(cut);
    CannedServer server(CannedServer::On::unix_socket,
                        {ok(R"({"provider":"openai","stored":true})")});
    const std::string key = "sk-" + std::string(cut ? 5000 : 4000, 'a');
    auto ran = run_byok_on_terminal({"--addr", server.address().str(), "set", "openai"},
                                    "(not shown): ", key + "\n");
    CHECK(ran.exit == (cut ? 2 : 0));
    CHECK(ran.echoes);
    CHECK((ran.out.find("pipe the key in") != std::string::npos) == cut);
    CHECK(server.requests().size() == (cut ? 0 : 1));
    if (!cut) CHECK(body_of(server.request()) == R"({"apiKey":")" + key + "\"}");
  }
}

TEST_CASE("a signal at the prompt leaves the terminal as it was") {
  struct Case {
    std::string_view name;
    const char* typed;
    int exit;
  };
  for (const Case& c : {Case{"Ctrl-C", "sk-ha\x03", 130}, Case{"Ctrl-\\", "\x1c", 128 + 3}}) {
    CAPTURE(c.name);
    auto ran = run_byok_on_terminal({"--addr", "unix:/nowhere", "set", "openai"},
                                    "(not shown): ", c.typed);
    CHECK(ran.exit == c.exit);
    CHECK(ran.echoes);
    CHECK(ran.out.find("sk-ha") == std::string::npos);
  }
}

TEST_CASE("an empty answer at the prompt stores nothing") {
  for (const char* typed : {"\n", "\x04"}) {
    auto ran =
        run_byok_on_terminal({"--addr", "unix:/nowhere", "set", "openai"}, "(not shown): ", typed);
    CHECK(ran.exit == 2);
    CHECK(ran.out.find("nothing was given") != std::string::npos);
  }
}

TEST_CASE("a deletion asks, and is done for a yes alone") {
  struct Case {
    const char* typed;
    int exit;
    std::size_t requests;
  };
  for (const Case& c :
       {Case{"y\n", 0, 1}, Case{"n\n", 2, 0}, Case{"\n", 2, 0}, Case{"\x03", 130, 0}}) {
    CAPTURE(c.typed);
    CannedServer server(CannedServer::On::unix_socket,
                        {ok(R"({"provider":"openai","deleted":true})")});
    auto ran = run_byok_on_terminal({"--addr", server.address().str(), "delete", "openai"},
                                    "Delete the key for openai? [y/N] ", c.typed);
    CHECK(ran.exit == c.exit);
    CHECK(server.requests().size() == c.requests);
  }
}

TEST_CASE("a chat without a prompt has nothing to ask where JSON is wanted") {
  auto ran = run_byok_on_terminal({"--json", "chat", "-m", "gpt-4o"}, "nothing", "");
  CHECK(ran.exit == 2);
  CHECK(ran.out.find("there is nothing to ask: give a prompt") != std::string::npos);
}

TEST_CASE("on a terminal a model's answer cannot speak to it, and Ctrl-C ends it with 130") {
  CannedServer server(
      CannedServer::On::unix_socket,
      {{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Byok-Request-Id: r\r\n\r\n"
        "data: {\"delta\":{\"content\":\"one\\u001b]0;x\\u0007 two\"},\"done\":false}\n\n"},
       ok("never")});
  auto ran = run_byok_on_terminal(
      {"--addr", server.address().str(), "chat", "-m", "gpt-4o", "count"}, "one]0;x two", "\x03");
  CHECK(ran.exit == 130);
  CHECK(ran.out.find('\x1b') == std::string::npos);
}
