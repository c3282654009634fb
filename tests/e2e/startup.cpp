// Starts that must fail: each with one clear line and an exit code, and not one byte of the
// database changed. And starts that must not fail.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <functional>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  World world;
  Tenant tenant = world.make_tenant("acme");
  std::string key = make_key("sk-proj-");

  Fixture() { world.put_key(tenant, "openai", key); }

  Finished start(const std::vector<std::string>& settings = {}) {
    return run(world.byokd.command(settings), world.byokd.environment());
  }
  std::string used_key() {
    return world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"))
        .header("x-fake-key-sha256");
  }
};

void check_refused(const Finished& finished) {
  CAPTURE(finished.err);
  CHECK(finished.code > 0);
  CHECK(finished.out == "");
  CHECK(std::count(finished.err.begin(), finished.err.end(), '\n') == 1);
  CHECK(finished.err.starts_with("byokd: "));
  CHECK(finished.err.size() > 30);
}

}  // namespace

TEST_CASE("a start over the wrong key or a broken database is refused and changes nothing") {
  struct Case {
    std::string_view name;
    std::function<void(const Byokd&)> damage;
  };
  const Case cases[] = {
      {"another root key",
       [](const Byokd& byokd) { write_file(byokd.root_key(), std::string(32, 'k')); }},
      {"a root key of the wrong size",
       [](const Byokd& byokd) { write_file(byokd.root_key(), "short"); }},
      {"a root key that others can read",
       [](const Byokd& byokd) { fs::permissions(byokd.root_key(), fs::perms{0644}); }},
      {"a root key behind a symbolic link",
       [](const Byokd& byokd) {
         const fs::path real = byokd.folder() / "real.key";
         fs::rename(byokd.root_key(), real);
         fs::create_symlink(real, byokd.root_key());
       }},
      {"no root key over data", [](const Byokd& byokd) { fs::remove(byokd.root_key()); }},
      {"a truncated database",
       [](const Byokd& byokd) {
         fs::resize_file(byokd.database(), 3 * 4096);  // the file's end may be unused: cut deeper
       }},
      {"a database cut within its first page",
       [](const Byokd& byokd) { fs::resize_file(byokd.database(), 100); }},
      {"a file of another kind",
       [](const Byokd& byokd) { write_file(byokd.database(), std::string(65'536, 'z')); }}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    CHECK(f.world.byokd.stop() == 0);
    c.damage(f.world.byokd);
    const bool had_key = fs::exists(f.world.byokd.root_key());
    const std::string before = read_file(f.world.byokd.database());
    check_refused(f.start());
    CHECK(read_file(f.world.byokd.database()) == before);
    CHECK(fs::exists(f.world.byokd.root_key()) == had_key);
  }
}

TEST_CASE("a second byokd over the same folder is refused and disturbs nobody") {
  Fixture f;
  check_refused(f.start());
  check_refused(f.start({R"(listen=["http://127.0.0.1:0"])"}));
  CHECK(f.used_key() == sha256_hex(f.key));
  CHECK(f.world.admin("GET", "/admin/tenants").status == 200);
}

TEST_CASE("settings that cannot be are refused at start") {
  Fixture f;
  CHECK(f.world.byokd.stop() == 0);
  const std::string file = (f.world.byokd.folder() / "file").string();
  write_file(file, "x");
  const std::string busy = std::to_string(f.world.fake.address().port);
  struct Case {
    std::string_view name;
    std::string setting;
    std::string mentions;
  };
  const Case cases[] = {
      {"an unknown name", "limits.max_bdoy=1MiB", "limits.max_body"},
      {"a bad value", "limits.max_body=lots", "limits.max_body"},
      {"a busy port", "listen=[\"http://127.0.0.1:" + busy + "\"]", busy},
      {"a folder that cannot be made", "state_dir=" + file + "/state", file},
      {"plaintext to the world", R"(listen=["http://0.0.0.0:0"])", "allow_plaintext"},
      {"a source of root keys that is not there", "root_key=pkcs11:token=x", "pkcs11"},
      {"a credential that nobody hands over", "root_key=credential:root.key",
       "LoadCredential=root.key"},
      {"a global key that nobody hands over", "provider.openai.global_key=credential:openai",
       "LoadCredential=openai"},
      {"a group that does not exist", "admin_group=byok-no-such-group", "byok-no-such-group"}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Finished finished = f.start({c.setting});
    check_refused(finished);
    CHECK(finished.err.find(c.mentions) != std::string::npos);
  }
}

TEST_CASE("an unknown name in the file is refused with its line") {
  Fixture f;
  CHECK(f.world.byokd.stop() == 0);
  const std::string config = (f.world.byokd.folder() / "config/byokd.toml").string();
  write_file(config, "workers = 2\n\nworkres = 3\n");
  Finished finished = f.start();
  check_refused(finished);
  CHECK(finished.err.find(config + ":3") != std::string::npos);
  CHECK(finished.err.find("workers") != std::string::npos);
}

TEST_CASE("--check-config and --version do their work and end") {
  Fixture f;
  std::vector<std::string> check = f.world.byokd.command();
  check.push_back("--check-config");
  CHECK(run(check, f.world.byokd.environment()).code == 0);
  // What the settings alone do not show.
  for (const char* nobody : {"admin_group=byok-no-such-group", "user=byok-no-such-user"}) {
    CAPTURE(nobody);
    std::vector<std::string> wrong = f.world.byokd.command({nobody});
    wrong.push_back("--check-config");
    const Finished refused = run(wrong, f.world.byokd.environment());
    CHECK(refused.code == 1);
    CHECK(refused.err.find("byok-no-such") != std::string::npos);
  }
  Finished version = run({program("byokd"), "--version"}, f.world.byokd.environment());
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("byokd "));
  for (const char* library : {"OpenSSL 3", "LMDB 0.9", "Boost 1.", "fmt "}) {
    CHECK(version.out.find(library) != std::string::npos);
  }
}

TEST_CASE("byokd serves and ends whatever became of its standard streams") {
  Fixture f;
  for (const char* streams : {"2>/dev/full", "2>&-", "<&- >&- 2>&-", "2>&1 | true"}) {
    CAPTURE(streams);
    f.world.byokd.stop();
    std::vector<std::string> command{"bash", "-c", R"("$@" )" + std::string(streams), "byokd"};
    for (const std::string& word : f.world.byokd.command()) command.push_back(word);
    Process shell(command, f.world.byokd.environment());
    const auto health = [&] {
      try {
        return call(f.world.byokd.socket(), {.target = "/health"}).status == 200;
      } catch (const ConnectionLost&) {
        return false;
      }
    };
    REQUIRE(eventually(health, patience));
    // Who gets the numbers of closed streams also gets what is written there: the lock file, say.
    const std::string lock = read_file(f.world.byokd.state_dir() / "byokd.lock");
    CHECK(std::ranges::count(lock, '\n') <= 1);
    CHECK(::kill(std::stoi(lock), SIGTERM) == 0);
    CHECK(shell.wait().has_value());
    CHECK_FALSE(health());
    f.world.byokd.start();
  }
}

TEST_CASE("root key and global key may be credentials of the service manager") {
  Fixture f;
  Tenant other = f.world.make_tenant("other");
  CHECK(f.world.byokd.stop() == 0);
  const fs::path handed = f.world.byokd.folder() / "credentials";
  fs::create_directory(handed);
  fs::rename(f.world.byokd.root_key(), handed / "root.key");
  const std::string global_key = make_key("sk-global-");
  write_file(handed / "openai.key", global_key + "\n");
  Environment environment = f.world.byokd.environment();
  environment["CREDENTIALS_DIRECTORY"] = handed.string();

  Process byokd(f.world.byokd.command({"root_key=credential:root.key",
                                       "provider.openai.global_key=credential:openai.key"}),
                environment);
  const std::string announcement = "byokd: listening on http://127.0.0.1:";
  auto line = byokd.wait_for_line(announcement);
  REQUIRE(line.has_value());
  const Address address{static_cast<std::uint16_t>(std::stoi(line->substr(announcement.size()))),
                        ""};
  const auto used_key = [&](const Tenant& tenant) {
    const Response answer = call(address, {.method = "POST",
                                           .target = "/v1/chat/completions",
                                           .headers = bearer(tenant.token),
                                           .body = chat_body("gpt-4o", "hi")});
    return answer.header("x-fake-key-sha256");
  };
  CHECK(used_key(f.tenant) == sha256_hex(f.key));
  CHECK(used_key(other) == sha256_hex(global_key));
  byokd.signal(SIGTERM);
  CHECK(byokd.wait() == 0);
}

TEST_CASE("a restart keeps keys, tokens and socket") {
  Fixture f;
  f.world.byokd.restart();
  CHECK(f.used_key() == sha256_hex(f.key));
  // A socket file that nobody listens on any more is replaced.
  f.world.byokd.kill();
  CHECK(fs::exists(f.world.byokd.socket().path));
  f.world.byokd.start();
  CHECK(f.used_key() == sha256_hex(f.key));
  CHECK(f.world.admin("GET", "/admin/tenants").status == 200);
}

TEST_CASE("SIGTERM lets a running answer end and then exits 0") {
  Fixture f;
  Connection connection(f.world.byokd.tcp());
  connection.send({.method = "POST",
                   .target = "/v1/chat/completions",
                   .headers = bearer(f.tenant.token),
                   .body = chat_body("gpt-sse-10-100", "hi", true)});
  CHECK(connection.read_head().status == 200);
  CHECK(connection.read_piece().has_value());
  ::kill(f.world.byokd.pid(), SIGTERM);
  std::string rest;
  while (auto piece = connection.read_piece()) rest += piece->bytes;
  CHECK(rest.find("[DONE]") != std::string::npos);
  CHECK(f.world.byokd.stop() == 0);
}

TEST_CASE("SIGTERM waits for a client that does not read until drain_timeout, and no longer") {
  World world({"drain_timeout=300ms"});
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  Connection connection(world.byokd.tcp());
  connection.send({.method = "POST",
                   .target = "/v1/chat/completions",
                   .headers = bearer(tenant.token),
                   .body = chat_body("gpt-sse-1000000-0", "hi", true)});
  CHECK(connection.read_head().status == 200);
  CHECK(world.byokd.stop() == 0);
  CHECK(world.byokd.log().find("stopped") != std::string::npos);
}

TEST_CASE("the process is found by its name") {
  World world;
  CHECK(read_file("/proc/" + std::to_string(world.byokd.pid()) + "/comm") == "byokd\n");
}

TEST_CASE("files are made for their owner alone") {
  Fixture f;
  auto open_to_others = [](const fs::path& file) {
    return (fs::status(file).permissions() & fs::perms{0077}) != fs::perms::none;
  };
  CHECK(!open_to_others(f.world.byokd.root_key()));
  CHECK(!open_to_others(f.world.byokd.database()));
}
