// What becomes of the audit log's file from outside: moved while it is written, deleted, replaced,
// shared, or never there before. Nothing is changed without its line, and nothing is lost unseen.
#include <doctest/doctest.h>
#include <lmdb.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <thread>

#include "common/handle.hpp"
#include "tests/e2e/audit_lines.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  World world;
  Tenant acme = world.make_tenant("acme");
  fs::path log = log_of(world);

  Response set() const {
    return world.ask(acme.token, "PUT", "/ai/providers/openai",
                     R"({"apiKey":")" + make_key("sk-") + R"("})");
  }
  int verify(const std::string& from = "1") const {
    return run_byok(world, {"audit", "verify", "--from", from}).code;
  }
  // Its name once it is put aside.
  fs::path aside() const {
    const std::string seq = member(lines_of(log).front(), "seq");
    return log.native() + "." + std::string(16 - seq.size(), '0') + seq;
  }
  void check_refused() const {
    const Response refused = set();
    CHECK(refused.status == 503);
    CHECK(refused.text("error") == "AUDIT_UNAVAILABLE");
    CHECK(world.ask(acme.token, "GET", "/ai/providers").status == 200);
  }
};

// Removes records from the database of a byokd that is stopped.
void erase(const fs::path& database, const char* table, const std::vector<std::string>& names) {
  const auto check = [](int code) {
    if (code != 0) throw std::runtime_error(mdb_strerror(code));
  };
  MDB_env* raw = nullptr;
  check(mdb_env_create(&raw));
  const byok::Handle<MDB_env, mdb_env_close> env(raw);
  check(mdb_env_set_maxdbs(raw, 32));
  check(mdb_env_open(raw, database.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0600));
  MDB_txn* txn = nullptr;
  check(mdb_txn_begin(raw, nullptr, 0, &txn));
  MDB_dbi dbi = 0;
  check(mdb_dbi_open(txn, table, 0, &dbi));
  for (std::string name : names) {
    MDB_val key{name.size(), name.data()};
    check(mdb_del(txn, dbi, &key, nullptr));
  }
  check(mdb_txn_commit(txn));
}

}  // namespace

TEST_CASE("a log that is moved away again and again while it is written has every change") {
  Fixture f;
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> set = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) set += f.set().status == 200;
    });
  }
  std::vector<fs::path> parts;
  for (int round = 0; round < 20; ++round) {
    const std::size_t before = set;
    CHECK(eventually([&] { return set > before + 5; }));
    parts.push_back(f.aside());
    fs::rename(f.log, parts.back());
    ::kill(f.world.byokd.pid(), SIGHUP);
    CHECK(eventually([&] { return fs::exists(f.log) && fs::file_size(f.log) > 0; }));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  parts.push_back(f.log);
  std::size_t told = 0;
  for (const fs::path& part : parts) told += count_of(lines_of(part), "key.set");
  CHECK(told == set);
  const Finished verified = run_byok(f.world, {"audit", "verify"});
  CAPTURE(verified.out);
  CHECK(verified.code == 0);
  CHECK(verified.err.find("in 21 files") != std::string::npos);
  f.world.byokd.kill();
  f.world.byokd.start();
  CHECK(f.verify() == 0);
}

TEST_CASE("a log that is deleted while byokd runs begins anew, and what is missing is told") {
  Fixture f;
  const std::size_t before = lines_of(f.log).size();
  fs::remove(f.log);
  CHECK(f.set().status == 200);
  CHECK(member(lines_of(f.log).front(), "event") == "audit.continued");
  CHECK(f.verify() == 1);
  CHECK(f.verify(std::to_string(before + 1)) == 0);
}

TEST_CASE("a log that is deleted while byokd is down begins anew, and what is missing is told") {
  Fixture f;
  f.world.byokd.stop();
  const std::size_t before = lines_of(f.log).size();
  fs::remove(f.log);
  f.world.byokd.start();
  CHECK(f.set().status == 200);
  CHECK(f.verify() == 1);
  CHECK(f.verify(std::to_string(before + 1)) == 0);
}

TEST_CASE("a symbolic link in the log's place is not followed, at the start or later") {
  for (const bool running : {true, false}) {
    CAPTURE(running);
    Fixture f;
    const fs::path kept = f.log.native() + ".kept";
    const fs::path victim = f.world.byokd.folder() / "victim";
    write_file(victim, "");
    if (!running) f.world.byokd.stop();
    fs::copy_file(f.log, kept);
    fs::remove(f.log);
    fs::create_symlink(victim, f.log);
    if (!running) f.world.byokd.start();
    f.check_refused();
    CHECK(read_file(victim).empty());
    fs::remove(f.log);
    fs::rename(kept, f.log);
    CHECK(f.set().status == 200);
    CHECK(f.verify() == 0);
  }
}

TEST_CASE("another's file, a folder or a pipe is not written to, and stays as it was") {
  struct Case {
    std::string_view name;
    std::function<void(const fs::path&)> place;
  };
  const std::string text = "some notes\nof somebody\n";
  const Case cases[] = {
      {"another's file", [&](const fs::path& log) { write_file(log, text); }},
      {"a folder", [](const fs::path& log) { fs::create_directory(log); }},
      {"a pipe", [](const fs::path& log) { ::mkfifo(log.c_str(), 0600); }},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    Fixture f;
    f.world.byokd.stop();
    const fs::path kept = f.log.native() + ".kept";
    fs::rename(f.log, kept);
    each.place(f.log);
    f.world.byokd.start();
    f.check_refused();
    if (fs::is_regular_file(f.log)) CHECK(read_file(f.log) == text);
    fs::remove(f.log);
    fs::rename(kept, f.log);
    CHECK(f.set().status == 200);
    CHECK(f.verify() == 0);
  }
}

TEST_CASE("two byokds do not write one log") {
  Fixture f;
  const std::string before = read_file(f.log);
  const fs::path state = f.world.byokd.folder() / "other";
  const Finished second =
      run(f.world.byokd.command({"state_dir=" + state.string(), "audit.file=" + f.log.string(),
                                 "root_key=file:" + (f.world.byokd.folder() / "other.key").string(),
                                 R"(listen=["http://127.0.0.1:0"])"}),
          f.world.byokd.environment());
  CHECK(second.code == 1);
  CHECK(second.err.find("another process writes it") != std::string::npos);
  CHECK(read_file(f.log) == before);
  CHECK(f.set().status == 200);
  CHECK(f.verify() == 0);
}

TEST_CASE("a first start that could not write its log makes nothing, and may be tried again") {
  World world;
  const fs::path state = world.byokd.folder() / "other";
  const fs::path log = world.byokd.folder() / "logs/audit.log";
  const auto command =
      world.byokd.command({"state_dir=" + state.string(), "audit.file=" + log.string(),
                           "root_key=file:" + (world.byokd.folder() / "other.key").string(),
                           R"(listen=["http://127.0.0.1:0"])"});
  const Finished first = run(command, world.byokd.environment());
  CHECK(first.code == 1);
  CHECK(first.err.find(log.parent_path().string()) != std::string::npos);
  fs::create_directory(log.parent_path());
  Process second(command, world.byokd.environment());
  REQUIRE(second.wait_for_line("listening on").has_value());
  second.signal(SIGTERM);
  CHECK(second.wait() == 0);
  CHECK(member(lines_of(log).front(), "event") == "database.made");
}

TEST_CASE("a database from before there was an audit log gets one") {
  Fixture f;
  CHECK(f.set().status == 200);
  f.world.byokd.stop();
  fs::remove(f.log);
  erase(f.world.byokd.database(), "meta", {"audit-head"});
  f.world.byokd.start();
  CHECK(f.set().status == 200);
  const std::string first = lines_of(f.log).front();
  CHECK(member(first, "seq") == "1");
  CHECK(member(first, "event") == "byokd.started");
  CHECK(member(first, "keptUpTo") == "0");
  CHECK(f.verify() == 0);
  f.world.byokd.restart();
  CHECK(f.set().status == 200);
  CHECK(f.verify() == 0);
}

TEST_CASE("killed behind its first line and before its first commit, byokd starts again") {
  World world;
  const std::string key = world.admin("GET", "/admin/status").text("rootKeyId");
  world.byokd.stop();
  erase(world.byokd.database(), "meta", {"audit-head", "root-key", "root-key-check:" + key});
  erase(world.byokd.database(), "tenants", {"default"});
  const std::string first = lines_of(world).front();
  REQUIRE(member(first, "event") == "database.made");
  write_file(log_of(world), first + "\n");

  world.byokd.start();
  CHECK(world.admin("GET", "/admin/tenants/default").status == 200);
  CHECK(world.admin("GET", "/admin/status").text("rootKeyId") == key);
  const auto lines = lines_of(world);
  CHECK(lines.front() == first);
  CHECK(member(lines[1], "event") == "database.made");
  CHECK(run_byok(world, {"audit", "verify"}).code == 0);
}
