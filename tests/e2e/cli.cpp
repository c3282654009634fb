// byok, the command line, against a running byokd: what it prints where, and how it ends.
#include <doctest/doctest.h>

#include "tests/e2e/command_line.hpp"

using namespace byok::testing;

TEST_CASE("usage is shown to tenant and operator, all pages of it") {
  CommandLine f;
  CHECK(f.byok({"usage"}).err.find("no calls from ") != std::string::npos);
  check_done(f.byok({"set", "openai"}, make_key("sk-proj-") + "\n"));
  check_done(f.byok({"chat", "-m", "gpt-4o", "hi"}));
  Finished shown = f.byok({"usage"});
  check_done(shown);
  CHECK(shown.out ==
        "PROVIDER  MODEL   KEY     REQUESTS  INPUT  OUTPUT  ERRORS\n"
        "openai    gpt-4o  tenant  1         11     7       0\n");
  CHECK(f.byok({"--json", "usage"}).out == f.api("/ai/usage") + "\n");
  // More tenants than a page has.
  std::string lines;
  for (int i = 0; i < 1100; ++i) lines += R"({"tenant":"t)" + std::to_string(i) + "\"}\n";
  lines += R"({"tenant":"zz","provider":"openai","apiKey":")" + make_key("sk-proj-") + "\"}\n";
  check_done(f.byok({"import", "-"}, lines));
  check_done(f.byok({"--tenant", "zz", "chat", "-m", "gpt-4o", "hi"}));
  Finished all = f.byok({"usage", "--all"});
  check_done(all);
  CHECK(all.out ==
        "TENANT   PROVIDER  MODEL  KEY     REQUESTS  INPUT  OUTPUT  ERRORS\n"
        "default  openai    -      tenant  1         -      -       0\n"
        "zz       openai    -      tenant  1         -      -       0\n");
  Finished tenants = f.byok({"tenant", "list"});
  CHECK(std::count(tenants.out.begin(), tenants.out.end(), '\n') == 1 + 1100 + 2);
  check_error(f.byok({"usage", "--from", "soon"}), usage);
  check_error(f.byok({"usage", "--from", "2026-06-02", "--to", "2026-06-01"}), usage);
}

TEST_CASE("a key is set, listed, used, rotated and deleted") {
  CommandLine f;
  const std::string key = make_key("sk-proj-");
  Finished set = f.byok({"set", "openai"}, key + "\n");
  check_done(set);
  CHECK(set.out == "");
  Finished list = f.byok({"list"});
  check_done(list);
  CHECK(list.out.find("openai") != std::string::npos);
  CHECK(list.out.find("sk-pr..." + key.substr(key.size() - 3)) != std::string::npos);
  CHECK(list.out.find(key) == std::string::npos);
  Finished chat = f.byok({"chat", "-m", "gpt-4o", "hi", "there"});
  check_done(chat);
  CHECK(chat.out == "fake reply to: hi there\n");
  CHECK(f.world.fake.calls().back().key_sha256 == sha256_hex(key));

  check_done(f.byok({"rotate", "openai"}));
  CHECK(f.world.dek_version("default", "openai") == 2);
  const std::string newer = make_key("sk-proj-");
  check_done(f.byok({"rotate", "openai", "--new-key"}, newer + "\n"));
  CHECK(f.byok({"chat", "-m", "gpt-whoami", "?"}).out == sha256_hex(newer) + "\n");

  // All that there is, or what is old.
  Finished all = f.byok({"rotate", "--all"});
  check_done(all);
  CHECK(all.err == "1 key rotated, 0 failed\n");
  CHECK(f.world.dek_version("default", "openai") == 4);
  CHECK(f.byok({"rotate", "--all", "--older-than", "1h"}).err == "0 keys rotated, 0 failed\n");
  CHECK(f.byok({"--json", "rotate", "--all"}).out ==
        "{\"done\":true,\"rotated\":1,\"failed\":0}\n");
  check_error(f.byok({"rotate", "--all", "--older-than", "soon"}), usage);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"rotate"},
                                                {"rotate", "openai", "--all"},
                                                {"rotate", "openai", "--older-than", "1h"},
                                                {"rotate", "--all", "--new-key"}}) {
    CHECK(f.byok(wrong).code == usage);
  }

  f.environment["NEW_KEY"] = make_key("sk-env-");
  check_done(f.byok({"rotate", "openai", "--new-key", "--from-env", "NEW_KEY"}));
  CHECK(f.byok({"chat", "-m", "gpt-whoami", "?"}).out ==
        sha256_hex(f.environment["NEW_KEY"]) + "\n");
  check_error(f.byok({"rotate", "openai", "--from-env", "NEW_KEY"}), usage);

  check_error(f.byok({"delete", "openai"}), usage);
  check_done(f.byok({"delete", "openai", "-y"}));
  CHECK(f.api("/ai/providers") == R"({"providers":[]})");
}

TEST_CASE("--json prints the API's answer as it is") {
  CommandLine f;
  Finished set = f.byok({"--json", "set", "openai"}, "sk-proj-your-openai-key\n");
  CHECK(set.out == R"({"provider":"openai","stored":true})"
                   "\n");
  CHECK(f.byok({"--json", "list"}).out == f.api("/ai/providers") + "\n");
  Response chat{.body = f.byok({"--json", "chat", "-m", "gpt-4o", "hi"}).out};
  CHECK(chat.text("text") == "fake reply to: hi");
  CHECK(Response{.body = f.byok({"--json", "tenant", "list"}).out}.text("tenants/0/id") ==
        "default");
  CHECK(f.byok({"--json", "delete", "openai", "-y"}).out ==
        R"({"provider":"openai","deleted":true})"
        "\n");
}

TEST_CASE("a key comes from stdin, a variable or a file, and never from the command line") {
  CommandLine f;
  const std::string key = make_key("sk-proj-");
  Finished refused = f.byok({"set", "openai", key});
  check_error(refused, usage);
  CHECK(refused.err.find(key) == std::string::npos);
  CHECK(f.api("/ai/providers") == R"({"providers":[]})");

  auto whoami = [&] { return f.byok({"chat", "-m", "gpt-whoami", "?"}).out; };
  f.environment["MY_KEY"] = make_key("sk-env-");
  check_done(f.byok({"set", "openai", "--from-env", "MY_KEY"}));
  CHECK(whoami() == sha256_hex(f.environment["MY_KEY"]) + "\n");
  const std::string file = (f.world.byokd.folder() / "key").string();
  write_file(file, key + "\n");
  check_done(f.byok({"set", "openai", "--key-file", file}));
  CHECK(whoami() == sha256_hex(key) + "\n");
  Finished verified = f.byok({"set", "openai", "--verify"}, make_key("sk-proj-bad-") + "\n");
  check_error(verified, failed);
  CHECK(whoami() == sha256_hex(key) + "\n");
}

TEST_CASE("chat streams or not, with system prompt and what is piped in") {
  CommandLine f;
  check_done(f.byok({"set", "openai"}, make_key("sk-proj-") + "\n"));
  for (std::string option : {"--no-stream", "-v"}) {
    CAPTURE(option);
    Finished chat =
        f.byok({"chat", "-m", "gpt-4o", "-s", "be brief", option, "sum", "up:"}, "text");
    check_done(chat);
    CHECK(chat.out == "fake reply to: sum up:\n\ntext\n");
    CHECK((chat.err == "") == (option == std::string("--no-stream")));
    Response sent{.body = f.world.fake.calls().back().body};
    CHECK(sent.text("messages/0/content") == "be brief");
  }
  check_error(f.byok({"chat", "-m", "gpt-4o"}), usage);
}

TEST_CASE("each kind of failure has its exit code and one line that says what to do") {
  CommandLine f;
  check_error(f.byok({"chat", "-m", "gpt-4o", "hi"}), no_key);
  check_error(f.byok({"delete", "openai", "-y"}), not_found);
  check_error(f.byok({"rotate", "openai"}), not_found);
  check_error(f.byok({"tenant", "show", "nobody"}), not_found);
  check_error(f.byok({"--tenant", "nobody", "list"}), not_found);
  check_error(f.byok({"chat", "-m", "no-such-model", "hi"}), failed);
  CHECK(f.byok({"no-such-command"}).code == usage);
  CHECK(f.byok({"set"}).code == usage);
  CHECK(f.byok({}).code == usage);

  f.environment["BYOK_TOKEN"] = "byok_wrong";
  check_error(f.byok({"list"}), unauthorized);
  f.environment.erase("BYOK_TOKEN");
  f.environment["BYOK_ADDR"] = "unix:" + (f.world.byokd.folder() / "nobody.sock").string();
  check_error(f.byok({"list"}), unreachable);

  f.environment["BYOK_ADDR"] = f.world.byokd.url();
  check_error(f.byok({"list"}), unauthorized);
}

TEST_CASE("the provider's error is told, and the exit code is 1") {
  CommandLine f;
  check_done(f.byok({"set", "openai"}, make_key("sk-proj-") + "\n"));
  f.world.fake.script(R"([{"status":429,"body":{"error":{"message":"slow down, please",
      "type":"requests","param":null,"code":"rate_limit_exceeded"}}}])");
  check_error(f.byok({"chat", "-m", "gpt-4o", "hi"}), failed);
  // A stream that breaks off leaves what came on stdout.
  f.world.fake.script(R"([{"reset_after_bytes":900}])");
  Finished broken = f.byok({"chat", "-m", "gpt-4o", "hi"});
  CHECK(broken.code == failed);
  CHECK(broken.err.starts_with("byok: "));
}

TEST_CASE("tenants and tokens are made, shown and removed, and a token acts for its tenant") {
  CommandLine f;
  check_done(f.byok({"tenant", "create", "acme"}));
  check_error(f.byok({"tenant", "create", "acme"}), failed);
  CHECK(f.byok({"tenant", "list"}).out.find("acme") != std::string::npos);
  CHECK(f.byok({"tenant", "show", "acme"}).out.find("acme") != std::string::npos);
  check_done(f.byok({"--tenant", "acme", "set", "openai"}, make_key("sk-proj-") + "\n"));
  CHECK(f.api("/ai/providers") == R"({"providers":[]})");

  Finished created = f.byok({"--tenant", "acme", "token", "create", "--name", "app"});
  check_done(created);
  const std::string token = created.out.substr(0, created.out.find('\n'));
  CHECK(token.starts_with("byok_"));
  Finished tokens = f.byok({"--json", "--tenant", "acme", "token", "list"});
  CHECK(tokens.out.find("\"app\"") != std::string::npos);
  CHECK(tokens.out.find(token) == std::string::npos);

  const std::string file = (f.world.byokd.folder() / "token").string();
  write_file(file, token + "\n");
  CHECK(f.byok({"--addr", f.world.byokd.url(), "--token-file", file, "list"}).out.find("openai") !=
        std::string::npos);
  f.environment["BYOK_TOKEN"] = token;
  check_error(f.byok({"tenant", "list"}), unauthorized);
  f.environment.erase("BYOK_TOKEN");

  const std::string id = Response{.body = tokens.out}.text("tokens/0/id");
  check_done(f.byok({"token", "revoke", id}));
  check_error(f.byok({"--addr", f.world.byokd.url(), "--token-file", file, "list"}), unauthorized);

  Finished no_fallback = f.byok({"tenant", "set", "acme", "--global-fallback", "no"});
  check_done(no_fallback);
  CHECK(no_fallback.err == "the tenant acme never uses the operator's own keys\n");
  CHECK(f.world.admin("GET", "/admin/tenants/acme").body.find("\"globalFallback\":false") !=
        std::string::npos);
  check_done(f.byok({"tenant", "set", "acme", "--global-fallback", "yes"}));
  CHECK(f.world.admin("GET", "/admin/tenants/acme").body.find("\"globalFallback\":true") !=
        std::string::npos);
  check_error(f.byok({"tenant", "set", "nobody", "--global-fallback", "no"}), not_found);

  check_done(f.byok({"token", "create", "--scope", "admin", "--name", "ops"}));
  CHECK(f.byok({"token", "list", "--admin"}).out.find("ops") != std::string::npos);
  CHECK(f.byok({"token", "list"}).out.find("ops") == std::string::npos);
  Finished text = f.byok({"token", "revoke", token});
  check_error(text, usage);
  CHECK(text.err.find(token) == std::string::npos);

  check_error(f.byok({"tenant", "delete", "acme"}), usage);
  check_done(f.byok({"tenant", "delete", "acme", "-y"}));
  check_error(f.byok({"tenant", "show", "acme"}), not_found);
}

TEST_CASE("a mistyped provider or model is answered with the one that was meant") {
  CommandLine f;
  Finished set = f.byok({"set", "opnai"}, make_key("sk-proj-") + "\n");
  check_error(set, failed);
  CHECK(set.err.find("did you mean openai?") != std::string::npos);
  CHECK(f.byok({"verify", "zzz"}).err.find("use one of openai, anthropic, gemini") !=
        std::string::npos);
  check_done(f.byok({"set", "openai"}, make_key("sk-proj-") + "\n"));
  for (std::string streamed : {"-v", "--no-stream"}) {
    CAPTURE(streamed);
    Finished chat = f.byok({"chat", "-m", "gtp-4o", streamed, "hi"});
    check_error(chat, failed);
    CHECK(chat.err.ends_with("did you mean gpt-4o?\n"));
  }
  // Where all is well nothing more is asked.
  f.world.fake.forget_calls();
  check_done(f.byok({"chat", "-m", "gpt-4o", "hi"}));
  CHECK(f.world.fake.calls().size() == 1);
}

TEST_CASE("the audit log of a stopped byokd is verified, from a line on where asked to") {
  CommandLine f;
  check_done(f.byok({"tenant", "create", "acme"}));
  const std::string state = f.world.byokd.state_dir().string();
  const std::vector<std::string> offline = {"--stopped", "-o", "state_dir=" + state, "-o",
                                            "root_key=file:" + f.world.byokd.root_key().string()};
  const auto verify = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"audit", "verify"};
    words.insert(words.end(), offline.begin(), offline.end());
    words.insert(words.end(), more.begin(), more.end());
    return f.byok(words);
  };
  CHECK(verify({}).code == failed);  // while it runs
  CHECK(f.world.byokd.stop() == 0);
  Finished whole = verify({});
  check_done(whole);
  CHECK(whole.err.starts_with("lines 1 to "));
  CHECK(whole.err.ends_with(" in 1 file\n"));
  Finished later = verify({"--from", "2"});
  CAPTURE(later.err);
  CHECK(later.code == done);
  CHECK(verify({"--from", "0"}).code == usage);
  CHECK(f.byok({"audit", "verify", "--system"}).code == usage);
}

TEST_CASE("a tenant's limits are shown and set, and default is back to the settings'") {
  CommandLine f;
  check_done(f.byok({"tenant", "create", "acme"}));
  CHECK(f.byok({"tenant", "limit", "acme"}).out ==
        "LIMIT               IN FORCE  SET\n"
        "requests a second   off       by default\n"
        "requests in flight  off       by default\n");
  CHECK(f.byok({"tenant", "limit", "acme", "--rps", "5", "--concurrency", "off"}).out ==
        "LIMIT               IN FORCE  SET\n"
        "requests a second   5         for this tenant\n"
        "requests in flight  off       for this tenant\n");
  CHECK(f.byok({"tenant", "show", "acme"}).out.find("requests a second 5, in flight off\n") !=
        std::string::npos);
  check_done(f.byok({"tenant", "limit", "acme", "--rps", "default"}));
  CHECK(Response{.body = f.byok({"--json", "tenant", "limit", "acme"}).out}.text("limits") ==
        R"({"rps":null,"concurrency":"off"})");
  check_error(f.byok({"tenant", "limit", "acme", "--rps", "many"}), usage);
  check_error(f.byok({"tenant", "limit", "acme", "--rps", "-1"}), usage);
  check_error(f.byok({"tenant", "limit", "nobody", "--rps", "1"}), not_found);
}

TEST_CASE("status, help and version answer") {
  CommandLine f;
  Finished status = f.byok({"--json", "status"});
  check_done(status);
  CHECK_NOTHROW(Response{.body = status.out}.json());
  CHECK(f.byok({"--help"}).code == done);
  Finished version = f.byok({"--version"});
  CHECK(version.code == done);
  CHECK(version.out.find("byok") != std::string::npos);
}
