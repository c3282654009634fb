#include <doctest/doctest.h>

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
}

TEST_CASE("an empty list is told in words, but with --quiet") {
  struct Case {
    Words words;
    std::string answer;
    std::string out;
  };
  const Case cases[] = {
      {{"list"}, R"({"providers":[]})", ""},
      {{"models"}, R"({"models":[]})", ""},
      {{"tenant", "list"}, R"({"tenants":[]})", ""},
      {{"token", "list"}, R"({"tokens":[]})", ""},
      {{"link", "list"}, R"({"links":[]})", ""},
      {{"usage"}, R"({"from":"2026-06-01","to":"2026-06-20","usage":[]})", ""},
      {{"tenant", "show", "a"},
       R"({"id":"a","providers":[],"tokens":[]})",
       "a, created -, global fallback -\n"
       "requests a second - (default), in flight - (default)\n\n\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    Ran ran = Served({ok(c.answer)}).run(c.words);
    CHECK(ran.exit == 0);
    CHECK(ran.out == c.out);
    CHECK(ran.err.find("no ") != std::string::npos);
    Words quiet = c.words;
    quiet.insert(quiet.begin(), "-q");
    ran = Served({ok(c.answer)}).run(quiet);
    CHECK(ran.exit == 0);
    CHECK(ran.out == c.out);
    CHECK(ran.err.empty());
  }
}

TEST_CASE("a name or a note that is empty is a cell like others that are") {
  CHECK(Served({ok(R"({"tokens":[{"id":"tok_1","name":"","scope":"full"}]})")})
            .run({"token", "list"})
            .out ==
        "TOKEN  NAME  SCOPE  CREATED  EXPIRES  LAST USED\n"
        "tok_1  -     full   -        -        -\n");
  CHECK(Served({ok(R"({"links":[{"id":"lnk_1","note":""}]})")}).run({"link", "list"}).out ==
        "LINK   TENANT  PROVIDER  STATE  CREATED  EXPIRES  USED  NOTE\n"
        "lnk_1  -       -         -      -        -        -     -\n");
}

TEST_CASE("the status is told in words, with all that this version knows not of") {
  const std::string database =
      R"("database":{"path":"/d/data.mdb","usedBytes":1572864,"freeBytes":1536,"mapBytes":68719476736,)"
      R"("compaction":{"due":false,"finishedAt":null,"postponed":null}})";
  const std::string audit = R"("audit":{"file":"/d/audit.log","lines":1,"trouble":null})";
  Served status(
      {ok(R"({"version":"0.1.0","uptimeSeconds":303,"tenants":1,"keys":2,"tokens":3,"links":4,)" +
          database + R"(,"workers":2,"listeners":["unix:/a","http://b"],"rootKeyId":"ab",)" +
          audit + R"(,"later":{"bytes":2048,"state":"fine"}})")});
  Ran ran = status.run({"status"});
  CHECK(ran.out ==
        "Version       0.1.0\n"
        "Running for   5m 3s\n"
        "Workers       2\n"
        "Listening on  unix:/a\n"
        "              http://b\n"
        "Tenants       1\n"
        "Keys          2\n"
        "Tokens        3\n"
        "Links         4\n"
        "Database      /d/data.mdb\n"
        "  size        1.5 MiB of 64.0 GiB (0.0 %), 1.5 KiB of it free again\n"
        "  compaction  none is due\n"
        "Root key      ab\n"
        "Audit log     /d/audit.log, 1 line\n"
        "later.bytes   2.0 KiB\n"
        "later.state   fine\n");

  Served troubled({ok(
      R"({"database":{"compaction":{"due":true,"finishedAt":"2026-06-20T12:00:00Z","postponed":"no room"}},)"
      R"("audit":{"file":"/a","lines":2,"trouble":"no disk"}})")});
  ran = troubled.run({"status"});
  CHECK(ran.out.find("put off: no room, the last ended 2026-06-20T12:00:00Z\n") !=
        std::string::npos);
  CHECK(ran.out.find("refuses changes  no disk\n") != std::string::npos);
}

TEST_CASE("the doctor's verdict is a table, in colours on a terminal that takes them") {
  const std::string found =
      R"({"ok":false,"checks":[{"check":"disk","status":"ok","message":"2.0 GiB free"},)"
      R"({"check":"map","status":"warning","message":"raise it"},)"
      R"({"check":"records","status":"bad","message":"1 of 9"}],"problemCount":3,)"
      R"("problems":[{"tenant":"a","record":"key openai","message":"does not open"}]})";
  Served plain({ok(found)});
  Ran ran = plain.run({"doctor"});
  CHECK(ran.exit == 1);
  CHECK(ran.out ==
        "CHECK    STATUS   FOUND\n"
        "disk     ok       2.0 GiB free\n"
        "map      warning  raise it\n"
        "records  bad      1 of 9\n"
        "\n"
        "TENANT  RECORD      WHAT IS WRONG\n"
        "a       key openai  does not open\n");
  CHECK(ran.err ==
        "3 checks: 1 bad, 1 warning\n"
        "and 2 more like these\n"
        "byok: something is not as it should be: see what is bad, and mend it\n");
  for (const bool colourless : {false, true}) {
    CAPTURE(colourless);
    Served coloured({ok(found)});
    Words environment{"TERM=xterm"};
    if (colourless) environment.push_back("NO_COLOR=1");
    ran = run_byok_on_terminal({"--addr", coloured.server.address().str(), "doctor"}, "mend it", "",
                               environment);
    CHECK((ran.out.find("\x1b[32mok\x1b[0m       2.0") != std::string::npos) == !colourless);
    CHECK((ran.out.find("\x1b[31mbad\x1b[0m") != std::string::npos) == !colourless);
    CHECK((ran.out.find('\x1b') == std::string::npos) == colourless);
  }
}

TEST_CASE("usage has a chart on a terminal, and none elsewhere") {
  const std::string usage =
      R"({"from":"2026-06-01","to":"2026-06-20","usage":[)"
      R"({"provider":"openai","model":"gpt-4o","keySource":"tenant","requests":40,"inputTokens":1,"outputTokens":2,"errors":1},)"
      R"({"provider":"gemini","model":"g","keySource":"tenant","requests":1,"inputTokens":0,"outputTokens":0,"errors":0}]})";
  Served plain({ok(usage)});
  Ran ran = plain.run({"usage"});
  CHECK(ran.out ==
        "PROVIDER  MODEL   KEY     REQUESTS  INPUT  OUTPUT  ERRORS\n"
        "openai    gpt-4o  tenant  40        1      2       1\n"
        "gemini    g       tenant  1         0      0       0\n");
  struct Case {
    std::string_view name;
    Words environment;
    std::string full;
    std::string little;
  };
  const std::string block = "\xe2\x96\x88";
  for (const Case& c : {Case{"no locale", {}, "####", "#\r"},
                        Case{"UTF-8", {"LANG=en_US.UTF-8"}, block + block, "\xe2\x96\x8c\r"}}) {
    CAPTURE(c.name);
    Served served({ok(usage)});
    ran = run_byok_on_terminal({"--addr", served.server.address().str(), "usage"}, "to 2026", "",
                               c.environment);
    CHECK(ran.out.find(c.full) != std::string::npos);
    CHECK(ran.out.find(c.little) != std::string::npos);
    CHECK(ran.out.find("2026-06-01 to 2026-06-20: 41 requests, 1 error, 1 token in, 2 out") !=
          std::string::npos);
  }
  Served json({ok(usage)});
  ran = run_byok_on_terminal({"--addr", json.server.address().str(), "--json", "usage"}, "errors",
                             "");
  CHECK(ran.out.find(usage) != std::string::npos);
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

TEST_CASE("what the provider says of a new key is told with what became of it") {
  struct Case {
    std::string verified;  // the member of the answer, none where it was not asked for
    std::string told;
  };
  for (const Case& c :
       {Case{"", ""}, Case{R"(,"verified":true)", ", which accepts it"},
        Case{R"(,"verified":"restricted")", ", which accepts it for some calls only"}}) {
    CAPTURE(c.verified);
    const std::string answer =
        R"({"provider":"openai","rotatedAt":"2026-06-20T12:00:00Z")" + c.verified + "}";
    Served served({ok(answer), ok(answer)});
    CHECK(served.run({"set", "openai"}, {}, "sk-0123456789").err ==
          "stored the key for openai" + c.told + "\n");
    CHECK(served.run({"rotate", "openai", "--new-key"}, {}, "sk-0123456789").err ==
          "rotated the key for openai" + c.told + (c.told.empty() ? "" : ",") +
              " at 2026-06-20T12:00:00Z\n");
  }
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

TEST_CASE("without -m the environment names the model, or the only one there is is asked") {
  const auto listing = [](const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) {
      list += (list.empty() ? "" : ",") + std::string(R"({"id":")") + id +
              R"(","provider":"openai","keySource":"tenant"})";
    }
    return ok(R"({"models":[)" + list + "]}");
  };
  const Words command{"chat", "--no-stream", "hi"};
  Served named({ok("{}")});
  CHECK(named.run(command, {"BYOK_MODEL=usual"}).exit == 0);
  CHECK(named.body().starts_with(R"({"model":"usual",)"));

  Served one({listing({"text-embedding-3-small", "gpt-4o", "whisper-1"}), ok("{}")});
  CHECK(one.run(command).exit == 0);
  CHECK(one.first_line() == "GET /ai/models HTTP/1.1");
  CHECK(one.server.requests().at(1).find(R"({"model":"gpt-4o",)") != std::string::npos);

  Served two({listing({"o1", "gpt-4o"})});
  Ran ran = two.run(command);
  CHECK(ran.exit == 2);
  CHECK(
      ran.err ==
      "byok: no model was named: give one with -m or in BYOK_MODEL; your keys reach gpt-4o, o1\n");

  Served many({listing({"a", "b", "c", "d", "e", "f", "g"})});
  CHECK(
      many.run(command).err ==
      "byok: no model was named: give one with -m or in BYOK_MODEL; your keys reach, among others, "
      "a, b, c, d, e, f (`byok models` lists them all)\n");

  Served none({listing({})});
  ran = none.run(command);
  CHECK(ran.exit == 6);
  CHECK(ran.err.find("store a key with `byok set PROVIDER`") != std::string::npos);
  CHECK(run_byok({"--addr", "unix:/nowhere", "chat", "hi"}).exit == 3);
}

TEST_CASE("files and what is piped in go with the question, pictures as pictures") {
  const std::string gif = std::string("GIF89a") + '\0';
  const std::string url = "data:image/gif;base64,R0lGODlhAA==";
  TempFolder dir;
  const std::string text = dir.write("[a,b].txt", "one\n");
  const std::string dot = dir.write("dot", gif);
  struct Case {
    Words arguments;
    std::string input;
    std::string content;
  };
  const std::string part = R"({"type":"image_url","image_url":{"url":")" + url + "\"}}";
  const Case cases[] = {
      {{"-f", text, "sum", "up"}, "", "\"sum up\\n\\n" + text + ":\\n```\\none\\n```\""},
      {{"-f", text}, "", "\"" + text + ":\\n```\\none\\n```\""},
      {{"-f", dot, "--file", text, "what"},
       "piped",
       "[{\"type\":\"text\",\"text\":\"what\\n\\npiped\\n\\n" + text + ":\\n```\\none\\n```\"}," +
           part + "]"},
      {{"what"}, gif, R"([{"type":"text","text":"what"},)" + part + "]"},
      {{}, gif, "[" + part + "]"},
      {{"-f", "-", "what"}, gif, R"([{"type":"text","text":"what"},)" + part + "]"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.arguments);
    Served served({ok("{}")});
    Words arguments{"chat", "-m", "m", "--no-stream"};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    Ran ran = served.run(arguments, {}, c.input);
    CHECK(ran.exit == 0);
    CHECK(served.body() ==
          R"({"model":"m","messages":[{"role":"user","content":)" + c.content + "}]}");
  }
  Served served({ok("{}")});
  for (const Words& refused :
       {Words{"-f", dir / "missing"}, Words{"-f", dir.write("x", "a\xff")}}) {
    Words arguments{"chat", "-m", "m"};
    arguments.insert(arguments.end(), refused.begin(), refused.end());
    CHECK(served.run(arguments).exit == 2);
  }
  CHECK(served.run({"chat", "-m", "m", "what"}, {}, std::string("\0", 1)).exit == 2);
  const std::string large = dir.write("large", std::string(std::size_t{17} << 20, 'a'));
  Ran ran = served.run({"chat", "-m", "m", "-f", large, "-f", large});
  CHECK(ran.exit == 2);
  CHECK(ran.err == "byok: what is to be sent is 34.0 MiB, and 32.0 MiB can be: attach less\n");
  CHECK(served.server.connections() == 0);
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
      {"one page, as it came",
       {ok("{ \"tenants\": [{\"id\":\"a\"}],\n \"share\": 0.25, \"next\": null }")},
       0,
       "{ \"tenants\": [{\"id\":\"a\"}],\n \"share\": 0.25, \"next\": null }\n",
       1},
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
    if (c.asked == 3) CHECK(asked[2].starts_with("GET /admin/tenants?after=b%20c HTTP/1.1\r\n"));
  }
}
