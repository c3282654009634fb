#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "common/file_descriptor.hpp"
#include "tests/cli/served.hpp"

using namespace byok::testing;

namespace {

const std::string secret = "sk-proj-abcdefghijklmnop1234567890";

}  // namespace

TEST_CASE("each command makes its call") {
  struct Case {
    Words arguments;
    std::string input;
    const char* call;
    const char* body;
  };
  const Case cases[] = {
      {{"set", "openai"}, "sk-1\n", "PUT /ai/providers/openai HTTP/1.1", R"({"apiKey":"sk-1"})"},
      {{"set", "openai", "--verify"},
       " sk-1 ",
       "PUT /ai/providers/openai?verify=true HTTP/1.1",
       R"({"apiKey":"sk-1"})"},
      {{"list"}, "", "GET /ai/providers HTTP/1.1", ""},
      {{"rotate", "openai"}, "ignored", "POST /ai/providers/openai/rotate HTTP/1.1", ""},
      {{"rotate", "openai", "--new-key", "--verify"},
       " sk-2 ",
       "POST /ai/providers/openai/rotate?verify=true HTTP/1.1",
       R"({"apiKey":"sk-2"})"},
      {{"rotate", "openai", "--new-key"},
       "sk-2\nmore",
       "POST /ai/providers/openai/rotate HTTP/1.1",
       R"({"apiKey":"sk-2"})"},
      {{"delete", "openai", "-y"}, "", "DELETE /ai/providers/openai HTTP/1.1", ""},
      {{"tenant", "create", "acme"}, "", "POST /admin/tenants HTTP/1.1", R"({"id":"acme"})"},
      {{"tenant", "create", "acme", "--no-global-fallback"},
       "",
       "POST /admin/tenants HTTP/1.1",
       R"({"id":"acme","globalFallback":false})"},
      {{"tenant", "list"}, "", "GET /admin/tenants HTTP/1.1", ""},
      {{"tenant", "limit", "acme"}, "", "GET /admin/tenants/acme?limit=1 HTTP/1.1", ""},
      {{"tenant", "limit", "acme", "--rps", "5", "--concurrency", "off"},
       "",
       "PATCH /admin/tenants/acme HTTP/1.1",
       R"({"limits":{"rps":5,"concurrency":"off"}})"},
      {{"tenant", "limit", "acme", "--rps", "default"},
       "",
       "PATCH /admin/tenants/acme HTTP/1.1",
       R"({"limits":{"rps":null}})"},
      {{"tenant", "set", "acme", "--global-fallback", "no"},
       "",
       "PATCH /admin/tenants/acme HTTP/1.1",
       R"({"globalFallback":false})"},
      {{"token", "list", "--admin"}, "", "GET /admin/tokens HTTP/1.1", ""},
      {{"tenant", "show", "acme"}, "", "GET /admin/tenants/acme HTTP/1.1", ""},
      {{"tenant", "delete", "acme", "-y"}, "", "DELETE /admin/tenants/acme HTTP/1.1", ""},
      {{"token", "create"}, "", "POST /admin/tenants/default/tokens HTTP/1.1", "{}"},
      {{"--tenant", "acme", "token", "create", "--name", "ci", "--scope", "chat", "--expires",
        "30d"},
       "",
       "POST /admin/tenants/acme/tokens HTTP/1.1",
       R"({"name":"ci","scope":"chat","expires":"30d"})"},
      {{"token", "list", "--tenant", "acme"}, "", "GET /admin/tenants/acme/tokens HTTP/1.1", ""},
      {{"token", "revoke", "tok_a/b"}, "", "DELETE /admin/tokens/tok_a%2Fb HTTP/1.1", ""},
      {{"link", "create", "--provider", "openai"},
       "",
       "POST /admin/links HTTP/1.1",
       R"({"tenant":"default","provider":"openai"})"},
      {{"--tenant", "acme", "link", "create", "--provider", "gemini", "--expires", "7d", "--note",
        "for \"chats\""},
       "",
       "POST /admin/links HTTP/1.1",
       R"({"tenant":"acme","provider":"gemini","expires":"7d","note":"for \"chats\""})"},
      {{"link", "list"}, "", "GET /admin/links HTTP/1.1", ""},
      {{"link", "list", "--tenant", "acme"}, "", "GET /admin/links?tenant=acme HTTP/1.1", ""},
      {{"link", "show", "lnk_1"}, "", "GET /admin/links/lnk_1 HTTP/1.1", ""},
      {{"link", "revoke", "lnk_a/b"}, "", "DELETE /admin/links/lnk_a%2Fb HTTP/1.1", ""},
      {{"status"}, "", "GET /admin/status HTTP/1.1", ""},
      {{"chat", "-m", "gpt-4o", "-s", "be brief", "--no-stream", "list", "[a,b]", "the \"set\""},
       "",
       "POST /ai/chat HTTP/1.1",
       R"({"model":"gpt-4o","systemPrompt":"be brief","messages":[{"role":"user","content":"list [a,b] the \"set\""}]})"},
      {{"chat", "-m", "m", "--no-stream", "review"},
       "line\xe9\n",
       "POST /ai/chat HTTP/1.1",
       "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
       "\"review\\n\\nline\xef\xbf\xbd\\n\"}]}"},
      {{"chat", "-m", "m", "--no-stream", "--", "-5", "+3"},
       "",
       "POST /ai/chat HTTP/1.1",
       R"({"model":"m","messages":[{"role":"user","content":"-5 +3"}]})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.arguments);
    Served served({ok("{}")});
    Ran ran = served.run(c.arguments, {}, c.input);
    CHECK(ran.exit == 0);
    CHECK(served.first_line() == c.call);
    CHECK(served.body() == c.body);
  }
}

TEST_CASE("the key comes from a variable or a file where asked to") {
  TempFolder dir;
  std::string file = dir.write("key", "\n " + secret + "\n");
  for (const Words& source : {Words{"--from-env", "MY_KEY"}, Words{"--key-file", file}}) {
    Served served({ok(R"({"provider":"openai","stored":true})")});
    Words arguments{"set", "openai"};
    arguments.insert(arguments.end(), source.begin(), source.end());
    Ran ran = served.run(arguments, {"MY_KEY=" + secret});
    CHECK(ran.exit == 0);
    CHECK(ran.out.empty());
    CHECK(ran.err == "stored the key for openai\n");
    CHECK(served.body() == "{\"apiKey\":\"" + secret + "\"}");
  }
}

TEST_CASE("a file of a key that others can read is warned about") {
  TempFolder dir;
  const std::string file = dir.write("key", secret);
  chmod(file.c_str(), 0640);
  const Words commands[] = {{"set", "openai", "--key-file", file},
                            {"rotate", "openai", "--new-key", "--key-file", file}};
  for (const Words& command : commands) {
    for (const bool quiet : {false, true}) {
      CAPTURE(command);
      Words words = command;
      if (quiet) words.insert(words.begin(), "-q");
      Served served({ok("{}")});
      Ran ran = served.run(words);
      CHECK(ran.exit == 0);
      CHECK(served.body() == "{\"apiKey\":\"" + secret + "\"}");
      CHECK(ran.err.starts_with(quiet ? ""
                                      : "byok: warning: other users can read the key file: take "
                                        "their right with `chmod 600`\n"));
      CHECK(ran.err.empty() == quiet);
    }
  }
}

TEST_CASE("a key as an argument is refused, and nowhere repeated") {
  for (const Words& arguments :
       {Words{"set", "openai", secret}, Words{"set", secret},
        Words{"set", "openai", "--key", secret}, Words{"set", "openai", "--key=" + secret},
        Words{"set", "openai", "--from-env", secret}, Words{"set", "openai", "--key-file", secret},
        Words{"rotate", "openai", "--new-key", secret},
        Words{"rotate", "openai", "--new-key=" + secret}, Words{secret}, Words{"set", "--", secret},
        Words{"delete", secret, "-y"}, Words{"tenant", "show", secret + "/"},
        Words{"--token-file", secret, "list"}, Words{"--tenant", secret + "/", "list"}}) {
    CAPTURE(arguments);
    Served served({ok("{}")});
    Ran ran = served.run(arguments);
    CHECK(ran.exit == 2);
    CHECK(ran.out.empty());
    CHECK(ran.err.starts_with("byok: "));
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
    CHECK(ran.err.find(secret) == std::string::npos);
    CHECK(served.server.connections() == 0);
  }
  Ran ran = run_byok({"set", "openai", secret});
  CHECK(ran.err.find("`ps`") != std::string::npos);
}

TEST_CASE("wrong usage ends with 2 and a line that says what to do") {
  struct Case {
    Words arguments;
    const char* line;
  };
  const Case cases[] = {
      {{}, "byok: no command was given: see `byok --help`\n"},
      {{"token", "frobnicate"}, "byok: no such command: see `byok token --help`\n"},
      {{"frobnicate"}, "byok: no such command: see `byok --help`\n"},
      {{"token"}, "byok: no command was given: see `byok token --help`\n"},
      {{"lsit"}, "byok: no such command: did you mean `byok list`?\n"},
      {{"token", "creat"}, "byok: no such command: did you mean `byok token create`?\n"},
      {{"--tennant", "acme", "list"}, "byok: unknown option --tennant: did you mean --tenant?\n"},
      {{"set", "--verfy"}, "byok: unknown option --verfy: did you mean --verify?\n"},
      {{"set", "openai", "--tennant", "acme"},
       "byok: unknown option --tennant: did you mean --tenant?\n"},
      {{"rotate", "--al"}, "byok: unknown option --al: did you mean --all?\n"},
      {{"usage", "--from", "soon"},
       "byok: --from must be a day (in UTC) such as 2026-06-20: see `byok usage --help`\n"},
      {{"usage", "--to", "2026-02-30"},
       "byok: --to must be a day (in UTC) such as 2026-06-20: see `byok usage --help`\n"},
      {{"usage", "--from", "2026-06-02", "--to", "2026-06-01"},
       "byok: --from is after --to: exchange the two\n"},
      {{"audit", "tail", "-n", "1001"},
       "byok: --lines must be a whole number from 1 to 1000: see `byok audit tail --help`\n"},
      {{"audit", "verify", "--from", "x"},
       "byok: --from must be a whole number from 1 to 9223372036854775807: see `byok audit verify "
       "--help`\n"},
      {{"audit", "verify", "--config", "/x"},
       "byok: --config requires --stopped: see `byok audit verify --help`\n"},
      {{"token", "create", "--scope", "root"},
       "byok: --scope must be full, chat or admin: see `byok token create --help`\n"},
      {{"token", "create", "--expires", "soon"},
       "byok: --expires must be a second or more, such as 12h or 30d: see `byok token create "
       "--help`\n"},
      {{"token", "create", "--name", "a\nb"},
       "byok: --name must be at most 128 bytes without control characters: see `byok token create "
       "--help`\n"},
      {{"token", "create", "--name", std::string(129, 'a')},
       "byok: --name must be at most 128 bytes without control characters: see `byok token create "
       "--help`\n"},
      {{"tenant", "set", "acme"},
       "byok: --global-fallback is required: see `byok tenant set --help`\n"},
      {{"tenant", "set", "acme", "--global-fallback", "maybe"},
       "byok: --global-fallback must be yes or no: see `byok tenant set --help`\n"},
      {{"rotate"},
       "byok: nothing was named to rotate: give a PROVIDER, or --all as the operator\n"},
      {{"rotate", "openai", "--all"}, "byok: PROVIDER excludes --all: see `byok rotate --help`\n"},
      {{"rotate", "--all", "--older-than", "soon"},
       "byok: --older-than must be a second or more, such as 90d or 12h: see `byok rotate "
       "--help`\n"},
      {{"rotate", "openai", "--key-file", "/x"},
       "byok: --key-file requires --new-key: see `byok rotate --help`\n"},
      {{"--tenant", "", "list"}, "byok: --tenant must not be empty: see `byok list --help`\n"},
      {{"restore", "/nowhere/b"},
       "byok: cannot read /nowhere/b: No such file or directory: name a file that `byok backup` "
       "wrote\n"},
      {{"tenant", "delete", "acme"},
       "byok: nobody can be asked for consent here: give it with -y\n"},
      {{"rotate", "openai", "--new-key"},
       "byok: nothing was given: the key is read as one line from standard input\n"},
      {{"list", "--frob=1"}, "byok: unknown option --frob: see `byok list --help`\n"},
      {{"list", "more"}, "byok: too many arguments: see `byok list --help`\n"},
      {{"set"}, "byok: PROVIDER is required: see `byok set --help`\n"},
      {{"set", "openai", "--key-file", "a", "--from-env", "B"},
       "byok: --from-env excludes --key-file: see `byok set --help`\n"},
      {{"delete", "openai"}, "byok: nobody can be asked for consent here: give it with -y\n"},
      {{"chat", "-m", "gpt-4o"}, "byok: there is nothing to ask: give a prompt, or pipe one in\n"},
      {{"set", "openai"},
       "byok: nothing was given: the key is read as one line from standard input\n"},
      {{"import", "/"}, "byok: cannot read /: it is a folder: name a file in it\n"},
      {{"--addr", "byokd:8484", "list"},
       "byok: byokd:8484 is not an address, its scheme is unknown: give unix:PATH, "
       "http://HOST:PORT or https://HOST:PORT\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.arguments);
    Ran ran = run_byok(c.arguments);
    CHECK(ran.exit == 2);
    CHECK(ran.out.empty());
    CHECK(ran.err == c.line);
  }
}

TEST_CASE("help and version go to stdout") {
  Ran help = run_byok({"--help"});
  CHECK(help.exit == 0);
  CHECK(help.err.empty());
  for (const char* command : {"set", "list", "rotate", "delete", "verify", "chat", "tenant",
                              "token", "import", "status", "--addr", "BYOK_TOKEN"}) {
    CAPTURE(command);
    CHECK(help.out.find(command) != std::string::npos);
  }
  Ran version = run_byok({"--version"});
  CHECK(version.exit == 0);
  CHECK(version.out.starts_with("byok "));
}

TEST_CASE("with nothing configured the person's own socket is found") {
  Served served({ok(R"({"providers":[]})")});
  TempFolder dir;
  std::string folder = dir / "byok";
  mkdir(folder.c_str(), 0700);
  REQUIRE(symlink(served.server.address().host.c_str(), (folder + "/byokd.sock").c_str()) == 0);
  Ran ran = run_byok({"list"}, {"XDG_RUNTIME_DIR=" + dir / ""});
  CHECK(ran.exit == 0);
  CHECK(ran.err == "no keys are stored yet: store one with `byok set PROVIDER`\n");
}

TEST_CASE("a socket that a byokd has left behind is passed over") {
  Served served({ok(R"({"providers":[]})")});
  TempFolder dir;
  for (const char* folder : {"byok", "state", "state/byok"}) mkdir((dir / folder).c_str(), 0700);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (dir / "byok/byokd.sock").copy(address.sun_path, sizeof address.sun_path - 1);
  {
    const byok::FileDescriptor ended(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(bind(ended.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  const std::vector<std::string> environment{"XDG_RUNTIME_DIR=" + dir / "",
                                             "XDG_STATE_HOME=" + dir / "state"};
  const Ran none = run_byok({"list"}, environment);
  CHECK(none.exit == 3);
  CHECK(none.err.starts_with("byok: byokd is not running: start it with `byokd`"));
  REQUIRE(symlink(served.server.address().host.c_str(), (dir / "state/byok/byokd.sock").c_str()) ==
          0);
  CHECK(run_byok({"list"}, environment).exit == 0);
}

TEST_CASE("token and tenant are sent as options, files and environment give them") {
  TempFolder dir;
  std::string closed = dir.write("closed", "byok_file\n");
  std::string open = dir.write("open", "byok_file\n");
  chmod(closed.c_str(), 0600);
  chmod(open.c_str(), 0644);
  struct Case {
    std::string_view name;
    Words arguments;
    Words environment;
    const char* sent;
    const char* warning;
  };
  const Case cases[] = {
      {"variable", {"list"}, {"BYOK_TOKEN=byok_env"}, "\r\nAuthorization: Bearer byok_env\r\n", ""},
      {"variable with white space around it",
       {"list"},
       {"BYOK_TOKEN= byok_env\r\n"},
       "\r\nAuthorization: Bearer byok_env\r\n",
       ""},
      {"file before variable",
       {"--token-file", closed, "list"},
       {"BYOK_TOKEN=byok_env"},
       "\r\nAuthorization: Bearer byok_file\r\n",
       ""},
      {"a file that others can read",
       {"--token-file", open, "list"},
       {},
       "\r\nAuthorization: Bearer byok_file\r\n",
       "byok: warning: other users can read"},
      {"the same, quietly",
       {"-q", "--token-file", open, "list"},
       {},
       "\r\nAuthorization: Bearer byok_file\r\n",
       ""},
      {"tenant", {"list"}, {"BYOK_TENANT=env"}, "\r\nX-Byok-Tenant: env\r\n", ""},
      {"option before variable",
       {"list", "--tenant", "acme"},
       {"BYOK_TENANT=env"},
       "\r\nX-Byok-Tenant: acme\r\n",
       ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Served served({ok(R"({"providers":[{}]})")});
    Ran ran = served.run(c.arguments, c.environment);
    CHECK(ran.exit == 0);
    CHECK(served.sent(c.sent));
    CHECK(ran.err.starts_with(c.warning));
    CHECK(ran.err.empty() == (*c.warning == '\0'));
  }
  Served bare({ok("{}")});
  bare.run({"list"});
  CHECK(!bare.sent("Authorization"));
  CHECK(!bare.sent("X-Byok-Tenant"));
}

TEST_CASE("a token that could break the header out is refused, and not repeated") {
  Served served({ok("{}")});
  Ran ran = served.run({"list"}, {"BYOK_TOKEN=byok_a\r\nX-Evil: 1"});
  CHECK(ran.exit == 2);
  CHECK(ran.err.find("Evil") == std::string::npos);
  CHECK(served.run({"list"}, {"BYOK_TOKEN= \t"}).exit == 2);
  CHECK(served.server.connections() == 0);
}

TEST_CASE("a limit of 0 is asked back, since it would be none") {
  for (const char* option : {"--rps", "--concurrency"}) {
    Ran ran = run_byok({"tenant", "limit", "acme", option, "0"});
    CHECK(ran.exit == 2);
    CHECK(ran.err == std::string("byok: ") + option +
                         " 0 is no limit: give off to have none, or a number from 1 on\n");
  }
}
