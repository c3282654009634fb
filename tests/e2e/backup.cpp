// A backup is taken while byokd serves, proved before it is believed, and put in place of a stopped
// byokd's database; and what the doctor says of good and bad databases.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Fixture {
  World world;
  Environment environment = world.byokd.environment();

  Finished byok(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {program("byok"), "--addr", "unix:" + world.byokd.socket().path});
    return run(arguments, environment);
  }
  // byokd's work on its own files while it is stopped.
  Finished offline(const std::string& command, std::vector<std::string> words = {}) {
    std::vector<std::string> all = {command};
    all.insert(all.end(), words.begin(), words.end());
    const std::vector<std::string> settings = world.byokd.command();
    all.insert(all.end(), settings.begin() + 1, settings.end());
    return byok(all);
  }
  std::string file(const std::string& name) const { return (world.byokd.folder() / name).string(); }
  std::string key_of(const Tenant& tenant) {
    return world.ask(tenant.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "who am I?"))
        .header("x-fake-key-sha256");
  }
};

void check_done(const Finished& finished) {
  CAPTURE(finished.err);
  CHECK(finished.code == 0);
}

}  // namespace

TEST_CASE("what was backed up while calls and changes went on is what is restored") {
  Fixture f;
  Tenant kept = f.world.make_tenant("kept");
  Tenant changed = f.world.make_tenant("changed");
  const std::string key = make_key("sk-proj-");
  f.world.put_key(kept, "openai", key);
  f.world.put_key(changed, "openai", key);

  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::thread busy([&] {
    for (int i = 0; !stop; ++i) {
      const std::string target = "/ai/providers/gemini";
      const std::string body = R"({"apiKey":")" + make_key("AQ.") + "\"}";
      if (f.world.ask(kept.token, "PUT", target, body).status != 200) ++failures;
      if (f.key_of(kept) != sha256_hex(key)) ++failures;
    }
  });
  const std::string backup = f.file("backup");
  for (int i = 0; i < 5; ++i) check_done(f.byok({"backup", backup + std::to_string(i)}));
  stop = true;
  busy.join();
  CHECK(failures == 0);
  check_done(f.byok({"backup", backup}));

  struct stat found;
  REQUIRE(::stat(backup.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
  const std::string bytes = read_file(backup);
  CHECK(bytes.find(key) == bytes.npos);
  CHECK(bytes.find(kept.token) == bytes.npos);
  CHECK(bytes.find(read_file(f.world.byokd.root_key())) == bytes.npos);
  // Another of the same name is not taken, and none is left half written.
  CHECK(f.byok({"backup", backup}).code == 2);
  CHECK(read_file(backup) == bytes);

  // What is done after it is undone by it.
  const std::string later = make_key("sk-proj-");
  f.world.put_key(changed, "openai", later);
  f.world.make_tenant("later");
  CHECK(f.world.admin("DELETE", "/admin/tenants/kept").status == 200);
  CHECK(f.offline("restore", {backup}).code == 1);  // it runs
  CHECK(f.world.byokd.stop() == 0);
  Finished restored = f.offline("restore", {backup});
  check_done(restored);
  CHECK(restored.err.find("before-restore-1") != std::string::npos);
  f.world.byokd.start();
  CHECK(f.key_of(kept) == sha256_hex(key));
  CHECK(f.key_of(changed) == sha256_hex(key));
  CHECK(f.world.admin("GET", "/admin/tenants/later").status == 404);
  CHECK(f.byok({"doctor"}).code == 0);
  CHECK(f.byok({"audit", "verify"}).code == 0);
  // The restored one goes on.
  f.world.put_key(changed, "openai", later);
  CHECK(f.key_of(changed) == sha256_hex(later));

  // And back again: the database before is still there.
  f.world.byokd.stop();
  std::filesystem::rename(f.world.byokd.database().string() + ".before-restore-1",
                          f.world.byokd.database());
  f.world.byokd.start();
  CHECK(f.world.admin("GET", "/admin/tenants/later").status == 200);
}

TEST_CASE("a backup is restored on another machine, whatever log that one had") {
  Fixture f;
  Tenant tenant = f.world.make_tenant("acme");
  const std::string key = make_key("sk-proj-");
  f.world.put_key(tenant, "openai", key);
  const std::string backup = f.file("backup");
  check_done(f.byok({"backup", backup}));
  // What the log tells of it goes out with the next line.
  f.world.make_tenant("later");
  CHECK(read_file(f.world.byokd.state_dir() / "audit.log").find("backup.taken") !=
        std::string::npos);

  for (const bool used : {false, true}) {
    CAPTURE(used);
    Fixture other;
    if (used) other.world.make_tenant("another");
    other.world.byokd.stop();
    if (!used) {
      for (const auto& entry : std::filesystem::directory_iterator(other.world.byokd.state_dir())) {
        std::filesystem::remove(entry);
      }
    }
    write_file(other.world.byokd.root_key(), read_file(f.world.byokd.root_key()));
    Finished restored = other.offline("restore", {backup});
    check_done(restored);
    CHECK((restored.err.find("audit.log.before-restore-1") != std::string::npos) == used);
    // What stands there is what it says, before the next start and after it.
    const std::string told = "`byok audit verify --from ";
    const std::size_t at = restored.err.find(told);
    REQUIRE(at != std::string::npos);
    const std::string from = std::to_string(std::stoi(restored.err.substr(at + told.size())));
    check_done(other.offline("audit", {"verify", "--from", from, "--stopped"}));
    for (int start = 0; start < 2; ++start) {
      other.world.byokd.start();
      CHECK(other.key_of(tenant) == sha256_hex(key));
      CHECK(other.world.admin("GET", "/admin/tenants/another").status == 404);
      const std::string first = other.world.admin("GET", "/admin/audit/verify").text("first");
      Finished verified = other.byok({"audit", "verify", "--from", first});
      CAPTURE(verified.out);
      check_done(verified);
      CHECK(first == from);
      CHECK(other.byok({"audit", "verify", "--from", "99999"}).code == 1);
      other.world.byokd.stop();
    }
  }
}

TEST_CASE("a backup that is not whole, or another's, changes nothing") {
  Fixture f;
  Tenant tenant = f.world.make_tenant("acme");
  f.world.put_key(tenant, "openai", make_key("sk-proj-"));
  const std::string backup = f.file("backup");
  check_done(f.byok({"backup", backup}));
  f.world.byokd.stop();
  const std::string good = read_file(backup);
  const std::string database = read_file(f.world.byokd.database());
  const auto refused = [&](const std::string& bytes, const std::string& says) {
    write_file(backup, bytes);
    Finished finished = f.offline("restore", {backup});
    CAPTURE(finished.err);
    CHECK(finished.code == 1);
    CHECK(finished.err.find(says) != std::string::npos);
    CHECK(read_file(f.world.byokd.database()) == database);
    for (const auto& entry : std::filesystem::directory_iterator(f.world.byokd.state_dir())) {
      CHECK(entry.path().filename().string().find("restore") == std::string::npos);
    }
  };
  for (std::size_t at = 100; at < good.size(); at += good.size() / 12) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    refused(changed, "the backup ");
  }
  refused(good.substr(0, good.size() - 1), "cut short");
  refused(good.substr(0, good.size() / 2), "cut short");
  refused("", "no backup");
  refused("no backup at all", "no backup");
  refused(good + "x", "behind its end");

  write_file(backup, good);
  const std::string root_key = read_file(f.world.byokd.root_key());
  write_file(f.world.byokd.root_key(), random_text(32));
  refused(good, "root key");
  write_file(f.world.byokd.root_key(), root_key);
  CHECK(f.offline("restore", {f.file("missing")}).code == 2);
  check_done(f.offline("restore", {backup}));
}

TEST_CASE("the root key is named, and made only where there is none") {
  Fixture f;
  Finished status = f.byok({"--json", "root-key", "status"});
  check_done(status);
  CHECK(status.out.find(f.world.byokd.root_key().string()) != std::string::npos);
  CHECK(status.out.find(f.world.admin("GET", "/admin/status").text("rootKeyId")) !=
        std::string::npos);
  Tenant tenant = f.world.make_tenant("acme");
  CHECK(f.world.ask(tenant.token, "GET", "/admin/root-key").status == 403);

  const std::string before = read_file(f.world.byokd.root_key());
  Finished over_key = f.offline("root-key", {"generate"});
  CHECK(over_key.code == 1);
  CHECK(over_key.err.find("the root key file " + f.world.byokd.root_key().string() +
                          " is there already") != std::string::npos);
  CHECK(over_key.err.find("database") == std::string::npos);
  CHECK(read_file(f.world.byokd.root_key()) == before);
  std::filesystem::rename(f.world.byokd.root_key(), f.file("kept.key"));
  Finished over_data = f.offline("root-key", {"generate"});
  CHECK(over_data.code == 1);
  CHECK(
      over_data.err.find("needs the root key that it was made with: put that key's file back as " +
                         f.world.byokd.root_key().string()) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(f.world.byokd.root_key()));
  const auto elsewhere = f.world.byokd.command({"state_dir=" + f.file("other")});
  std::vector<std::string> words{"root-key", "generate"};
  words.insert(words.end(), elsewhere.begin() + 1, elsewhere.end());
  check_done(f.byok(words));
  const std::string made = read_file(f.world.byokd.root_key());
  CHECK(made.size() == 32);
  CHECK(made != before);
}

TEST_CASE("the doctor finds nothing wrong, and says which record is") {
  Fixture f;
  Tenant tenant = f.world.make_tenant("acme");
  f.world.put_key(tenant, "openai", make_key("sk-proj-"));
  Finished good = f.byok({"doctor"});
  check_done(good);
  CHECK(good.out.find("1 key,") != std::string::npos);
  CHECK(f.world.ask(tenant.token, "GET", "/admin/doctor").status == 403);
  CHECK(f.offline("doctor", {"--stopped"}).code == 1);  // it runs
  f.world.byokd.stop();
  check_done(f.offline("doctor", {"--stopped"}));

  // Cut into the sealed key, behind its name and the beginning of its record: other records of that
  // name are short, and what lies behind them is another page.
  const std::string sealed("acme\0openaibykK", 15);
  std::string bytes = read_file(f.world.byokd.database());
  std::size_t at = bytes.rfind(sealed);
  REQUIRE(at != bytes.npos);
  for (; at != bytes.npos && at > 0; at = bytes.rfind(sealed, at - 1)) {
    bytes[at + 60] = static_cast<char>(bytes[at + 60] ^ 1);
  }
  write_file(f.world.byokd.database(), bytes);
  std::filesystem::permissions(f.world.byokd.database(), std::filesystem::perms(0644));
  for (const bool runs : {false, true}) {
    if (runs) f.world.byokd.start();
    Finished bad = runs ? f.byok({"doctor"}) : f.offline("doctor", {"--stopped"});
    CAPTURE(bad.out);
    CHECK(bad.code == 1);
    CHECK(bad.out.find("key openai") != std::string::npos);
    CHECK(bad.out.find("does not open") != std::string::npos);
    CHECK(bad.out.find("mode 0644") != std::string::npos);
  }
}

TEST_CASE("a doctor that finds no database makes nothing, and changes nothing that is there") {
  Fixture f;
  f.world.byokd.stop();
  const std::filesystem::path none = f.world.byokd.folder() / "none";
  for (const char* task : {"--doctor", "--verify-audit"}) {
    CAPTURE(task);
    std::vector<std::string> command = f.world.byokd.command({"state_dir=" + none.string()});
    command.emplace_back(task);
    const Finished finished = run(command, f.environment);
    CHECK(finished.code == 1);
    CHECK(finished.err.find("there is no database") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(none));
  }
  const std::string lock = read_file(f.world.byokd.state_dir() / "byokd.lock");
  check_done(f.offline("doctor", {"--stopped"}));
  CHECK(read_file(f.world.byokd.state_dir() / "byokd.lock") == lock);
}

TEST_CASE("a root key is generated where its folder is still to be made, as a first start does") {
  Fixture f;
  const std::filesystem::path folder = f.world.byokd.folder() / "new";
  const std::filesystem::path key = folder / "config/root.key";
  std::vector<std::string> command = f.world.byokd.command(
      {"root_key=file:" + key.string(), "state_dir=" + (folder / "state").string()});
  command.emplace_back("--generate-root-key");
  CHECK(run(command, f.environment).code == 0);
  CHECK(std::filesystem::file_size(key) == 32);
  struct stat found;
  REQUIRE(::stat(key.parent_path().c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0700);
}

TEST_CASE("a tenant's limits come back with a backup") {
  Fixture f;
  f.world.make_tenant("acme", R"(,"limits":{"rps":5,"concurrency":"off"})");
  const std::string backup = f.file("limits");
  check_done(f.byok({"backup", backup}));
  f.world.admin("PATCH", "/admin/tenants/acme", R"({"limits":null})");
  f.world.byokd.stop();
  check_done(f.offline("restore", {backup}));
  f.world.byokd.start();
  CHECK(f.world.admin("GET", "/admin/tenants/acme").text("limits") ==
        R"({"rps":5,"concurrency":"off"})");
}

TEST_CASE("a backup is never asked for by HEAD, whose answer has no body") {
  World world;
  Connection connection(world.byokd.socket());
  connection.send({.method = "HEAD", .target = "/admin/backup"});
  CHECK(connection.read(true).status == 405);
  CHECK(connection.exchange({.target = "/admin/status"}).status == 200);
}
