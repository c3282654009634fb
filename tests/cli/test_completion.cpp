// What byok tells the shells' completion, without a shell.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <chrono>

#include "cli/arguments.hpp"
#include "cli/completion_place.hpp"
#include "cli/known_names.hpp"
#include "cli/shell_words.hpp"
#include "tests/cli/served.hpp"

using namespace byok;
using namespace byok::testing;

namespace {

// As zsh asks.
Ran complete(Words words, const Words& environment = {}) {
  words.insert(words.begin(), {"__complete", "zsh"});
  return run_byok(words, environment);
}

bool offers(const Ran& ran, const std::string& value) {
  return ran.out.find("\n" + value + "\t") != std::string::npos;
}

const Words nowhere{"BYOK_ADDR=unix:/nowhere"};

}  // namespace

TEST_CASE("every command that help lists is completed, with its description") {
  cli::Context context;
  CLI::App app;
  cli::describe(app, context, "byok");
  const auto visible = [](const CLI::App* each) { return !each->get_group().empty(); };
  const Ran top = complete({""});
  CHECK(top.out.starts_with("words\n"));
  for (const CLI::App* command : app.get_subcommands(visible)) {
    const std::string name = command->get_name();
    CAPTURE(name);
    CHECK(top.out.find("\n" + name + "\t" + command->get_description() + "\n") !=
          std::string::npos);
    const auto deeper = command->get_subcommands(visible);
    const Ran below = complete({name, ""}, nowhere);
    for (const CLI::App* each : deeper) CHECK(offers(below, each->get_name()));
  }
  CHECK(top.out.find("__complete") == std::string::npos);
}

TEST_CASE("every option of every command is completed") {
  cli::Context context;
  CLI::App app;
  cli::describe(app, context, "byok");
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const Ran ran = complete({command->get_name(), "-"});
    for (const CLI::Option* option : command->get_options()) {
      if (!option->nonpositional()) continue;
      const std::string name = option->get_lnames().empty() ? "-" + option->get_snames().front()
                                                            : "--" + option->get_lnames().front();
      CAPTURE(name);
      CHECK(offers(ran, name));
    }
    CHECK(offers(ran, "--tenant"));
  }
}

TEST_CASE("values that the command line itself knows need no byokd") {
  struct Case {
    std::string_view name;
    Words words;
    const char* answer;
  };
  const Case cases[] = {
      {"a list", {"completion", ""}, "words\nbash\t\nzsh\t\nfish\t\n"},
      {"behind =",
       {"token", "create", "--scope="},
       "words\n--scope=full\t\n--scope=chat\t\n--scope=admin\t\n"},
      {"files", {"set", "openai", "--key-file", ""}, "files \n"},
      {"files behind =", {"set", "openai", "--key-file=a"}, "files --key-file=\n"},
      {"a file to restore", {"restore", "/b"}, "files \n"},
      {"an address",
       {"--addr", ""},
       "words nospace\nunix:\ta socket on this machine\nhttp://\tunencrypted: for this machine\n"
       "https://\tfor other machines\n"},
      {"a socket", {"--addr", "unix:/r"}, "files unix:\n"},
      {"help of help",
       {"help", "token", ""},
       "words\ncreate\tCreate a token, and print it this once on stdout\n"
       "list\tList the tokens, without their text\n"
       "revoke\tHave a token refused from the next request on\n"},
      {"a prompt", {"chat", "-m", "gpt-4o", ""}, "words\n"},
      {"more than there is", {"list", "more", ""}, "words\n"},
      {"behind a command that is none", {"frobnicate", ""}, "words\n"},
      {"a value of an unknown option",
       {"set", "--frob", ""},
       "words\nopenai\t\nanthropic\t\ngemini\t\n"},
      {"tenants, without a byokd", {"--tenant", ""}, "words\n"},
      {"models, without a byokd", {"chat", "-m", ""}, "words\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Ran ran = complete(c.words, nowhere);
    CHECK(ran.exit == 0);
    CHECK(ran.err.empty());
    CHECK(ran.out == c.answer);
  }
}

TEST_CASE("variables are offered by name, never by value") {
  const Ran ran = complete({"set", "openai", "--from-env", ""}, nowhere);
  CHECK(ran.exit == 0);
  CHECK(offers(ran, "BYOK_ADDR"));
  CHECK(ran.out.find("nowhere") == std::string::npos);
}

TEST_CASE("an option that was given is not offered again, unless it may come again") {
  Ran ran = complete({"set", "--verify", "--tenant", "acme", "-"});
  CHECK_FALSE(offers(ran, "--verify"));
  CHECK_FALSE(offers(ran, "--tenant"));
  CHECK(offers(ran, "--from-env"));
  CHECK(offers(complete({"restore", "-o", "a=b", "-"}), "-o"));
}

TEST_CASE("byokd is asked as the command line says, and for nothing secret") {
  TempFolder dir;
  const std::string token_file = dir.write("token", "byok_file\n");
  chmod(token_file.c_str(), 0600);
  struct Case {
    Words words;
    const char* call;
    const char* answer;
    const char* offered;
  };
  const Case cases[] = {
      {{"--tenant", ""},
       "GET /admin/tenants HTTP/1.1",
       R"({"tenants":[{"id":"acme","createdAt":"2026-06-20T12:00:00Z"}]})",
       "words\nacme\tsince 2026-06-20\n"},
      {{"tenant", "show", "ac"},
       "GET /admin/tenants?after=abz",
       R"({"tenants":[{"id":"acme","createdAt":"2026-06-20T12:00:00Z"}]})",
       "words\nacme\tsince 2026-06-20\n"},
      {{"set", ""},
       "GET /ai/catalog HTTP/1.1",
       R"({"providers":[{"provider":"groq","format":"openai"}]})",
       "words\ngroq\tspeaks openai's format\n"},
      {{"delete", "-y", ""},
       "GET /ai/providers HTTP/1.1",
       R"({"providers":[{"provider":"groq","maskedKey":"sk-pr...key","status":"active"}]})",
       "words\ngroq\tthe key is active\n"},
      {{"chat", "-mg"},
       "GET /ai/models HTTP/1.1",
       R"({"models":[{"id":"gpt-4o","provider":"openai","keySource":"global"},{"id":"a\u001b[2J"},{"id":"x\ny"}]})",
       "words\n-mgpt-4o\topenai, with the operator's key\n"},
      {{"token", "revoke", ""},
       "GET /admin/tenants/acme/tokens HTTP/1.1",
       R"({"tokens":[{"id":"tok_1","name":"a\tb\u0007","scope":"chat"}]})",
       "words\ntok_1\ta b, scope chat\ntok_1\ta b, scope chat\n"},
      {{"link", "show", ""},
       "GET /admin/links HTTP/1.1",
       R"({"links":[{"id":"lnk_1","tenant":"acme","provider":"openai","state":"open"}]})",
       "words\nlnk_1\topenai of acme, open\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    CannedServer server(CannedServer::On::unix_socket, {ok(c.answer), ok(c.answer)});
    Words words = c.words;
    words.insert(words.begin(),
                 {"--addr", server.address().str(), "--tenant=acme", "--token-file", token_file});
    const Ran ran = complete(words);
    CHECK(ran.exit == 0);
    CHECK(ran.err.empty());
    CHECK(ran.out == c.offered);
    CHECK(server.request().starts_with(c.call));
    CHECK(server.request().find("X-Byok-Tenant: acme") != std::string::npos);
    CHECK(server.request().find("Authorization: Bearer byok_file") != std::string::npos);
  }
}

TEST_CASE("a byokd that does not answer, or refuses, costs a second and says nothing") {
  CannedServer silent(CannedServer::On::unix_socket, {{"", false}});
  const auto begin = std::chrono::steady_clock::now();
  Ran ran = complete({"--addr", silent.address().str(), "set", ""});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(ran.exit == 0);
  CHECK(ran.err.empty());
  CHECK(ran.out == "words\nopenai\t\nanthropic\t\ngemini\t\n");

  CannedServer refusing(CannedServer::On::unix_socket,
                        {error(403, R"({"error":"FORBIDDEN","message":"no"})")});
  ran = complete({"--addr", refusing.address().str(), "--tenant", ""});
  CHECK(ran.exit == 0);
  CHECK(ran.err.empty());
  CHECK(ran.out == "words\n");
}

TEST_CASE("a token is not sent in the clear to another machine, nor read from a pipe") {
  TempFolder dir;
  const std::string pipe = dir / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CannedServer server(CannedServer::On::unix_socket, {ok("{}")});
  Ran ran =
      complete({"--addr", server.address().str(), "--token-file", pipe, "list", "--tenant", ""});
  CHECK(ran.out == "words\n");
  CHECK(server.connections() == 0);
  ran = complete({"--addr", "http://192.0.2.1:1", "--tenant", ""}, {"BYOK_TOKEN=byok_t"});
  CHECK(ran.out == "words\n");
  CHECK(ran.err.empty());
}

TEST_CASE("words are read as a shell reads them, and nothing in them is run") {
  struct Case {
    const char* typed;
    const char* word;
  };
  const Case cases[] = {{"plain", "plain"},
                        {R"(a\ b)", "a b"},
                        {R"('a b')", "a b"},
                        {R"("a b)", "a b"},
                        {R"("a\"b\c")", R"(a"b\c)"},
                        {R"(a'"'b)", R"(a"b)"},
                        {"$(x)`y`", "$(x)`y`"},
                        {R"('\')", R"(\)"},
                        {"a\\", "a\\"},
                        {"", ""}};
  for (const Case& c : cases) {
    CAPTURE(c.typed);
    CHECK(cli::unquoted(c.typed) == c.word);
  }
}

TEST_CASE("words are quoted for bash, or left out where they cannot be") {
  struct Case {
    const char* word;
    const char* typed;
    const char* quoted;
  };
  const Case cases[] = {{"gpt-4o", "g", "gpt-4o"},
                        {"ft:a@b/c=d", "", "ft:a@b/c=d"},
                        {"a b$(x);!'", "", R"(a\ b\$\(x\)\;\!\')"},
                        {"gpt-4o", "'g", "gpt-4o"},
                        {"a b", "\"a", ""},
                        {"~x", "", R"(\~x)"}};
  for (const Case& c : cases) {
    CAPTURE(c.word);
    CHECK(cli::quoted_for_bash(c.word, c.typed) == c.quoted);
  }
}

TEST_CASE("tenants are asked for from just before the beginning that is typed") {
  const auto filled = [](std::string text) {
    text.resize(63, 'z');
    return text;
  };
  struct Case {
    const char* typed;
    std::string before;
  };
  const Case cases[] = {{"", ""},
                        {"a", filled("9")},
                        {"b", filled("a")},
                        {"0", ""},
                        {"acme", filled("acmd")},
                        {"a-", "a"},
                        {"a.", filled("a-")},
                        {"a0", filled("a.")},
                        {"aa", filled("a_")},
                        {"A", ""},
                        {"x$", ""}};
  for (const Case& c : cases) {
    CAPTURE(c.typed);
    const std::string before = cli::id_before(c.typed);
    CHECK(before == c.before);
    CHECK(before < std::string(c.typed) + "0");
    if (!before.empty()) CHECK(TenantId::parse(before).has_value());
  }
}
