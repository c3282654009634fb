#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "tests/cli/served.hpp"

using namespace byok::testing;

TEST_CASE("data goes to stdout, as a table or as the API's own answer") {
  const std::string keys =
      R"({"providers":[{"provider":"openai","maskedKey":"sk-pr...key","setAt":"2026-06-20T12:00:00Z","rotatedAt":null,"lastUsedAt":null,"status":"active"}]})";
  Served table({ok(keys)});
  Ran ran = table.run({"list"});
  CHECK(ran.out ==
        "PROVIDER  KEY          STATUS  SET                   ROTATED  LAST USED\n"
        "openai    sk-pr...key  active  2026-06-20T12:00:00Z  -        -\n");
  Served json({ok(keys)});
  ran = json.run({"list", "--json"});
  CHECK(ran.out == keys + "\n");
  CHECK(ran.err.empty());

  Served status({ok(
      R"({"version":"0.1.0","uptimeSeconds":303,"database":{"path":"/d","bytes":1536},"listeners":["unix:/a","http://b"]})")});
  ran = status.run({"status"});
  CHECK(ran.out ==
        "WHAT            VALUE\n"
        "version         0.1.0\n"
        "uptime          5m 3s\n"
        "database.path   /d\n"
        "database.bytes  1.5 KiB\n"
        "listeners       unix:/a\n"
        "listeners       http://b\n");
}

TEST_CASE("a new token stands alone on stdout") {
  Served served({ok(
      R"({"id":"tok_1","token":"byok_abc","tenant":"default","name":null,"scope":"full","createdAt":"2026-06-20T12:00:00Z","expiresAt":null})")});
  Ran ran = served.run({"token", "create"});
  CHECK(ran.exit == 0);
  CHECK(ran.out == "byok_abc\n");
  CHECK(ran.err.find("tok_1") != std::string::npos);
  CHECK(ran.err.find("byok_abc") == std::string::npos);
}

TEST_CASE("verify tells the provider's verdict in words and by its exit code") {
  struct Case {
    const char* status;
    int exit;
  };
  for (const Case& c :
       {Case{"valid", 0}, Case{"restricted", 0}, Case{"rejected", 1}, Case{"unknown", 1}}) {
    CAPTURE(c.status);
    Served served({ok(std::string(R"({"provider":"openai","status":")") + c.status + "\"}")});
    Ran ran = served.run({"verify", "openai"});
    CHECK(ran.exit == c.exit);
    CHECK(ran.out == std::string(c.status) + "\n");
    CHECK(ran.err.empty() == (c.exit == 0));
    CHECK(served.first_line() == "POST /ai/providers/openai/verify HTTP/1.1");
  }
}

TEST_CASE("a chat is streamed to stdout, and told of on stderr with -v") {
  Served served({events(
      {R"({"delta":{"content":"Hel"},"done":false})",
       R"({"delta":{"content":"lo\u001b[2J"},"done":false})",
       R"({"done":true,"logId":"r","provider":"openai","model":"gpt-4o","keySource":"tenant","inputTokens":1,"outputTokens":2})"})});
  Ran ran = served.run({"chat", "-v", "-m", "gpt-4o", "hi"});
  CHECK(ran.exit == 0);
  CHECK(ran.out == "Hello\x1b[2J\n");
  CHECK(ran.err == "gpt-4o by openai, tenant key, 1 tokens in, 2 out, id r\n");
  CHECK(served.body().ends_with(R"("stream":true})"));
}

TEST_CASE("a chat that fails says so, before its answer and within it") {
  Served no_key({error(422, R"({"error":"NO_PROVIDER_KEY","message":"store a key"})")});
  Ran ran = no_key.run({"chat", "-m", "gpt-4o", "hi"});
  CHECK(ran.exit == 6);
  CHECK(ran.out.empty());
  CHECK(ran.err == "byok: cannot chat (NO_PROVIDER_KEY): store a key\n");

  Served broken({events({R"({"delta":{"content":"Hel"},"done":false})",
                         R"({"error":"PROVIDER_ERROR","message":"ask again","done":true})"})});
  ran = broken.run({"chat", "-m", "gpt-4o", "hi"});
  CHECK(ran.exit == 1);
  CHECK(ran.out == "Hel\n");
  CHECK(ran.err == "byok: the answer broke off (PROVIDER_ERROR): ask again\n");
}

TEST_CASE("an import sends the file as it is, and tells what came of it") {
  TempFolder dir;
  std::string lines = "{\"tenant\":\"a\"}\n{\"tenant\":\"b\"}\n";
  std::string file = dir.write("tenants.ndjson", lines);
  const std::string answers =
      "{\"line\":1,\"tenant\":\"a\",\"ok\":true,\"token\":\"byok_x\"}\n"
      "{\"line\":2,\"ok\":false,\"error\":\"INVALID_TENANT\",\"message\":\"mend it\"}\n";
  struct Case {
    Words arguments;
    const char* input;
    std::string out;
  };
  const Case cases[] = {{{"import", file}, "", "a\tbyok_x\n"},
                        {{"import", "-"}, lines.c_str(), "a\tbyok_x\n"},
                        {{"--json", "import", file}, "", answers}};
  for (const Case& c : cases) {
    CAPTURE(c.arguments);
    Served served({ok(answers, "application/x-ndjson")});
    Ran ran = served.run(c.arguments, {}, c.input);
    CHECK(ran.exit == 1);
    CHECK(ran.out == c.out);
    CHECK(ran.err ==
          "byok: line 2 (INVALID_TENANT): mend it\n"
          "1 lines taken, 1 failed\n"
          "byok: 1 lines were not taken: mend them and run it again\n");
    CHECK(served.first_line() == "POST /admin/import HTTP/1.1");
    CHECK(served.sent("\r\nContent-Type: application/x-ndjson\r\n"));
    CHECK(served.body() == "1e\r\n" + lines + "\r\n0\r\n\r\n");
  }
}

TEST_CASE("a list that comes by pages is asked for to its end, and no further") {
  const auto page = [](const std::string& id, const std::string& next) {
    return ok(R"({"tenants":[{"id":")" + id + R"("}])" + next + "}");
  };
  struct Case {
    std::string name;
    std::vector<Reply> pages;
    int exit;
    std::string out;
    std::size_t asked;
  };
  const Case cases[] = {
      {"three pages",
       {page("a", R"(,"next":"a")"), page("b", R"(,"next":"b c")"), page("d", "")},
       0,
       R"({"tenants":[{"id":"a"},{"id":"b"},{"id":"d"}]})"
       "\n",
       3},
      {"a page that says itself again",
       {page("a", R"(,"next":"a")"), page("a", R"(,"next":"a")")},
       1,
       "",
       2},
      {"a page that goes back",
       {page("b", R"(,"next":"b")"), page("a", R"(,"next":"a")")},
       1,
       "",
       2},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Served served(c.pages);
    Ran ran = served.run({"--json", "tenant", "list"});
    CHECK(ran.exit == c.exit);
    CHECK(ran.out == c.out);
    CHECK((ran.err.find("its pages do not go on") != std::string::npos) == (c.exit == 1));
    const std::vector<std::string> asked = served.server.requests();
    REQUIRE(asked.size() == c.asked);
    CHECK(asked[0].starts_with("GET /admin/tenants HTTP/1.1\r\n"));
    if (c.exit == 0) CHECK(asked[2].starts_with("GET /admin/tenants?after=b%20c HTTP/1.1\r\n"));
  }
}

TEST_CASE("output that cannot be written is no success") {
  Served served({ok(R"({"providers":[]})")});
  Words arguments{"--addr", served.server.address().str(), "--json", "list"};
  std::string command = std::string(BYOK_PROGRAM);
  for (const std::string& word : arguments) command += " '" + word + "'";
  int status = std::system((command + " >/dev/full 2>/dev/null").c_str());
  CHECK(WEXITSTATUS(status) == 1);
}
