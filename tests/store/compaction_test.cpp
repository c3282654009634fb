// Compaction: what was destroyed is gone from the file, and nobody who reads or writes notices.
#include <doctest/doctest.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/store/fixture.hpp"
#include "tests/support/small_disk.hpp"

namespace byok::store {
namespace {

using tests::Database;
using tests::provider;
using tests::tenant;

Result<Compacted> compact(Writer& writer, Environment& environment) {
  std::promise<Result<Compacted>> answer;
  auto outcome = std::make_shared<Result<Compacted>>(Compacted{});
  writer.submit_alone(
      [&environment, outcome]() -> Result<void> {
        *outcome = environment.compact();
        return {};
      },
      [&answer, outcome](const Result<void>&) { answer.set_value(*outcome); });
  return answer.get_future().get();
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string text_of(int number) {
  return std::to_string(number) + std::string(100, static_cast<char>('a' + number % 26));
}

// Key and DEK change together, as the service has it.
Writer::Step put(std::uint64_t version, std::string text) {
  return [version, text = std::move(text)](WriteTxn& txn) -> Result<void> {
    TenantEdit acme = txn.edit(tenant("acme"));
    acme.put_record(text);
    acme.put_key(provider("openai"), text);
    acme.put_dek(version, text);
    if (version > 1) acme.erase_dek(version - 1);
    return {};
  };
}

std::size_t names_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("a destroyed DEK is in the file until it is compacted, and not after") {
  Database db;
  const std::string canary = "a-wrapped-key-that-nobody-may-find";
  db.write(put(1, canary));
  CHECK_FALSE(db.environment->compaction_due());
  {
    // Whoever reads meanwhile keeps pages from being used anew.
    ReadTxn old = db.reader->begin();
    for (std::uint64_t version = 2; version < 8; ++version) db.write(put(version, "another"));
  }
  CHECK(db.environment->compaction_due());
  const std::filesystem::path file = db.folder / "data.mdb";
  REQUIRE(bytes_of(file).find(canary) != std::string::npos);

  Result<Compacted> done = compact(*db.writer, *db.environment);
  REQUIRE_MESSAGE(done.has_value(), done.error().message());
  CHECK(done->bytes_after < done->bytes_before);
  CHECK(done->bytes_after <= db.environment->stats().used_bytes);
  CHECK(bytes_of(file).find(canary) == std::string::npos);
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK(names_in(db.folder.path()) == 2);  // the database and its lock
  CHECK_FALSE(db.environment->compaction_due());
  CHECK(db.reader->begin().tenant(tenant("acme")).dek(7) == "another");
  db.write(put(8, "later"));
  CHECK(db.reader->begin().tenant(tenant("acme")).record() == "later");
}

TEST_CASE("what is due stays so over a restart, and only a DEK's end makes it due") {
  Database db;
  const std::filesystem::path file = db.folder / "data.mdb";
  db.write([](WriteTxn& txn) -> Result<void> {
    TenantEdit acme = txn.edit(tenant("acme"));
    acme.put_record("record");
    acme.put_token(tests::hash_of("t"), "tok_1", "token");
    acme.put_key(provider("openai"), "key");
    return {};
  });
  db.write([](WriteTxn& txn) -> Result<void> {
    TenantEdit acme = txn.edit(tenant("acme"));
    acme.erase_token(tests::hash_of("t"), "tok_1");
    acme.erase_key(provider("openai"));
    acme.erase_dek(1);  // there is none
    return {};
  });
  CHECK_FALSE(db.environment->compaction_due());
  db.write(put(1, "text"));
  SUBCASE("one DEK") { db.write(put(2, "text")); }
  SUBCASE("a tenant's end") {
    db.write([](WriteTxn& txn) -> Result<void> {
      txn.edit(tenant("acme")).erase_everything();
      return {};
    });
  }
  db.close();
  // As a compaction leaves it that was killed.
  std::ofstream(file.native() + ".compacting") << "half a copy";
  auto again = tests::open_environment(file);
  CHECK(again->compaction_due());
  CHECK(names_in(db.folder.path()) == 2);
  {
    Writer writer(*again);
    CHECK(compact(writer, *again).has_value());
  }
  again.reset();
  CHECK_FALSE(tests::open_environment(file)->compaction_due());
}

TEST_CASE("readers and writers run on through 100 compactions") {
  constexpr int compactions = 100;
  constexpr int reading_threads = 3;
  Database db;
  std::atomic<std::uint64_t> answered{1};
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0};
  std::atomic<int> wrong{0};
  db.write(put(1, text_of(1)));

  std::vector<std::thread> threads;
  for (int i = 0; i < reading_threads; ++i) {
    threads.emplace_back([&, holds = i == 0] {
      Reader reader(*db.environment);
      while (!stop) {
        if (holds) reader.hold();
        for (int turn = 0; turn < 3; ++turn) {
          const std::uint64_t before = answered;
          ReadTxn txn = reader.begin();
          TenantView acme = txn.tenant(tenant("acme"));
          const auto record = acme.record();
          const auto key = acme.key(provider("openai"));
          std::uint64_t version = 0;
          acme.each_dek([&](std::uint64_t each, std::string_view) { version = each; });
          // All of one moment, and none from before what was answered.
          if (!record || record != key || record != acme.dek(version) || version < before ||
              *record != text_of(static_cast<int>(version))) {
            ++wrong;
          }
          ++reads;
        }
        if (holds) reader.release();
        static_cast<void>(db.environment->stats());
      }
    });
  }
  threads.emplace_back([&] {
    for (std::uint64_t version = 2; !stop; ++version) {
      if (!tests::write(*db.writer, put(version, text_of(static_cast<int>(version))))) ++wrong;
      answered = version;
    }
  });
  int failed = 0;
  for (int i = 0; i < compactions; ++i) {
    if (!compact(*db.writer, *db.environment)) ++failed;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(wrong == 0);
  CHECK(reads > compactions);
  CHECK(answered > 1);
  MESSAGE(compactions << " compactions under " << reads.load() << " reads and " << answered.load()
                      << " writes, " << wrong.load() << " wrong");
  // All of it is in the file that has the name now.
  const std::uint64_t last = answered;
  db.close();
  auto again = tests::open_environment(db.folder / "data.mdb");
  Reader reader(*again);
  CHECK(reader.begin().tenant(tenant("acme")).dek(last) == text_of(static_cast<int>(last)));
}

TEST_CASE("another process that has the file open does no harm") {
  byok::testing::TempFolder folder;
  const std::filesystem::path file = folder / "data.mdb";
  auto environment = tests::open_environment(file);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t other = ::fork();
  if (other == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    MDB_env* env = nullptr;
    MDB_txn* txn = nullptr;
    const bool open = mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 32) == 0 &&
                      mdb_env_open(env, file.c_str(), MDB_NOSUBDIR | MDB_RDONLY, 0600) == 0 &&
                      mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn) == 0;
    (void)!::write(ends[1], open ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char opened = 0;
  CHECK(::read(ends[0], &opened, 1) == 1);
  CHECK(opened == 'y');
  std::uint64_t version = 0;
  {
    Writer writer(*environment);
    Reader reader(*environment);
    // An odd and an even number of transactions before each.
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i <= round % 2; ++i) {
        ++version;
        CHECK(tests::write(writer, put(version, text_of(static_cast<int>(version)))).has_value());
      }
      CHECK(compact(writer, *environment).has_value());
      CHECK(reader.begin().tenant(tenant("acme")).dek(version) ==
            text_of(static_cast<int>(version)));
    }
  }
  environment.reset();
  environment = tests::open_environment(file);
  CHECK(Reader(*environment).begin().tenant(tenant("acme")).dek(version).has_value());
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a link to the database stays one, and what it leads to is compacted") {
  byok::testing::TempFolder folder;
  byok::testing::TempFolder elsewhere;
  std::filesystem::create_symlink(elsewhere / "real.mdb", folder / "data.mdb");
  tests::open_environment(elsewhere / "real.mdb").reset();
  auto environment = tests::open_environment(folder / "data.mdb");
  Writer writer(*environment);
  CHECK(tests::write(writer, put(1, "text")).has_value());
  CHECK(compact(writer, *environment).has_value());
  CHECK(std::filesystem::is_symlink(folder / "data.mdb"));
  CHECK(std::filesystem::is_regular_file(elsewhere / "real.mdb"));
  Reader reader(*environment);
  CHECK(reader.begin().tenant(tenant("acme")).dek(1) == "text");
}

TEST_CASE("without room for the copy nothing changes, and it is done once there is") {
  testing::SmallDisk disk("32m");
  if (!disk.mounted()) return;
  auto environment = tests::open_environment(disk / "data.mdb");
  Writer writer(*environment);
  for (std::uint64_t version = 1; version < 5; ++version) {
    REQUIRE(tests::write(writer, put(version, std::string(1000, 'x'))).has_value());
  }
  disk.fill();
  Result<Compacted> refused = compact(writer, *environment);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::store_full);
  CHECK(refused.error().message().find("free") != std::string::npos);
  CHECK(environment->compaction_due());
  CHECK_FALSE(std::filesystem::exists(disk / "data.mdb.compacting"));
  {
    Reader reader(*environment);
    CHECK(reader.begin().tenant(tenant("acme")).dek(4));
  }
  disk.make_room();
  CHECK(tests::write(writer, put(5, "after")).has_value());
  CHECK(compact(writer, *environment).has_value());
}

}  // namespace byok::store
