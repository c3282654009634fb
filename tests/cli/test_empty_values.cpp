// An option that is given without a value says so; it never counts as left out.
#include <doctest/doctest.h>

#include "tests/cli/served.hpp"

using namespace byok::testing;

TEST_CASE("every option that takes a value refuses an empty one") {
  struct Case {
    Words words;
    const char* option;
  };
  const Case cases[] = {
      {{"tenant", "limit", "acme", "--rps", ""}, "--rps"},
      {{"tenant", "limit", "acme", "--concurrency", ""}, "--concurrency"},
      {{"import", "-", "--tokens-out", ""}, "--tokens-out"},
      {{"chat", "hi", "-m", ""}, "--model"},
      {{"chat", "-m", "m", "hi", "-s", ""}, "--system"},
      {{"chat", "-m", "m", "hi", "-f", ""}, "--file"},
      {{"token", "create", "--name", ""}, "--name"},
      {{"set", "openai", "--key-file", ""}, "--key-file"},
      {{"--addr", "", "list"}, "--addr"},
      {{"list", "--tenant", ""}, "--tenant"},
      {{"doctor", "--stopped", "--config", ""}, "--config"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    Ran ran = run_byok(c.words, {"BYOK_ADDR=unix:/nowhere"});
    CAPTURE(ran.err);
    CHECK(ran.exit == 2);
    CHECK(ran.err.find(std::string(c.option) + " must not be empty") != std::string::npos);
  }
}

TEST_CASE("an id that is empty is none") {
  for (const Words& words :
       {Words{"token", "revoke", ""}, Words{"link", "revoke", ""}, Words{"link", "show", ""},
        Words{"tenant", "show", ""}, Words{"tenant", "delete", ""}, Words{"tenant", "create", ""},
        Words{"tenant", "limit", ""}}) {
    CAPTURE(words);
    Ran ran = run_byok(words, {"BYOK_ADDR=unix:/nowhere"});
    CAPTURE(ran.err);
    CHECK(ran.exit == 2);
  }
}

TEST_CASE("a file whose name is empty is none") {
  for (const char* command : {"backup", "restore", "import"}) {
    CAPTURE(command);
    Ran ran = run_byok({command, ""}, {"BYOK_ADDR=unix:/nowhere"});
    CHECK(ran.exit == 2);
    CHECK(ran.err ==
          std::string("byok: FILE must not be empty: see `byok ") + command + " --help`\n");
  }
}

TEST_CASE("a variable that is empty is none") {
  Served served({ok(R"({"providers":[]})")});
  CHECK(
      served.run({"list"}, {"BYOK_TENANT=", "BYOK_TOKEN=", "BYOK_CA_FILE=", "BYOK_MODEL="}).exit ==
      0);
}
