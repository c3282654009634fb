// byok link, the command, against a running byokd.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/e2e/audit_lines.hpp"
#include "tests/e2e/link_world.hpp"

using namespace byok::testing;

TEST_CASE("byok link makes, lists, shows and revokes links") {
  LinkWorld f;
  const Finished made = run_byok(
      f.world, {"--tenant", "acme", "link", "create", "--provider", "openai", "--note", "hello"});
  CAPTURE(made.err);
  CHECK(made.code == 0);
  CHECK(made.out.starts_with("https://keys.example.com/byok/settings#link=byoklink_"));
  CHECK(std::ranges::count(made.out, '\n') == 1);
  const std::string id = made.err.substr(made.err.find("lnk_"), 20);
  CHECK(made.err.find("tenant acme, provider openai") != std::string::npos);

  for (const std::vector<std::string>& words : {std::vector<std::string>{"link", "list"},
                                                {"--tenant", "acme", "link", "list"},
                                                {"link", "show", id}}) {
    const Finished told = run_byok(f.world, words);
    CHECK(told.code == 0);
    CHECK(told.out.find(id) != std::string::npos);
    CHECK(told.out.find("open") != std::string::npos);
    CHECK(told.out.find("hello") != std::string::npos);
  }
  CHECK(run_byok(f.world, {"--tenant", "default", "link", "list"}).out.find(id) ==
        std::string::npos);
  const Finished as_json = run_byok(f.world, {"--json", "link", "show", id});
  CHECK(as_json.out.starts_with("{\"id\":\"" + id + "\""));

  CHECK(run_byok(f.world, {"link", "revoke", id}).code == 0);
  CHECK(run_byok(f.world, {"link", "show", id}).out.find("revoked") != std::string::npos);
  CHECK(run_byok(f.world, {"link", "revoke", "lnk_0000000000000000"}).code == 5);
  CHECK(run_byok(f.world, {"link", "create"}).code == 2);
  CHECK(run_byok(f.world, {"link", "create", "--provider", "openai", "--expires", "soon"}).code ==
        2);
  CHECK(run_byok(f.world, {"--tenant", "nobody", "link", "create", "--provider", "openai"}).code ==
        5);
  // A link in the place of its id is not sent on, nor repeated.
  const std::string url = made.out.substr(0, made.out.size() - 1);
  for (const std::string& secret : {url, url.substr(url.find("byoklink_"))}) {
    const Finished refused = run_byok(f.world, {"link", "revoke", secret});
    CHECK(refused.code == 2);
    CHECK(refused.err.find("byoklink_") == std::string::npos);
  }
  Environment environment = clean_environment(f.world.byokd.folder());
  environment["BYOK_ADDR"] = "unix:" + f.world.byokd.socket().path;
  const Finished completed =
      run({program("byok"), "__complete", "bash", "link", "show", "l"}, environment);
  CHECK(completed.out == "words\n" + id + "\n");
}
