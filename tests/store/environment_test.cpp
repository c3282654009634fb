#include <doctest/doctest.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <set>
#include <string>

#include "common/encoding.hpp"
#include "tests/store/fixture.hpp"

namespace byok::store {
namespace {

using byok::testing::read_file;
using byok::testing::TempFolder;
using byok::testing::write_file;
using tests::Database;
using tests::mebibyte;
using tests::tenant;

std::set<std::string> files_in(const TempFolder& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.insert(entry.path().filename());
  }
  return names;
}

// Opening `file` must fail with a sentence that names it, and leave the folder as it was.
std::string refusal(const TempFolder& folder, const std::filesystem::path& file) {
  std::set<std::string> names = files_in(folder);
  bool regular = std::filesystem::is_regular_file(file);
  std::string bytes = regular ? read_file(file) : "";
  Result<std::unique_ptr<Environment>> opened = Environment::open(file, 16 * mebibyte);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == Errc::internal);
  CHECK(opened.error().message().find(file.native()) != std::string::npos);
  CHECK(files_in(folder) == names);
  if (regular) CHECK_MESSAGE(read_file(file) == bytes, "the file was changed");
  return opened.error().message();
}

// An LMDB database that byokd did not make: `value` under `key` in the sub-database `table`.
void make_lmdb(const std::filesystem::path& file, const char* table, std::string key,
               std::string value) {
  MDB_env* env;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_set_maxdbs(env, 4) == 0);
  REQUIRE(mdb_env_open(env, file.c_str(), MDB_NOSUBDIR, 0600) == 0);
  MDB_txn* txn;
  MDB_dbi dbi;
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  REQUIRE(mdb_dbi_open(txn, table, table ? MDB_CREATE : 0, &dbi) == 0);
  MDB_val k{key.size(), key.data()};
  MDB_val v{value.size(), value.data()};
  REQUIRE(mdb_put(txn, dbi, &k, &v, 0) == 0);
  REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(env);
  std::filesystem::remove(file.native() + "-lock");
}

TEST_CASE("a new database is made with mode 0600 and closed to other programs") {
  mode_t before = ::umask(0);
  Database db;
  ::umask(before);
  CHECK(files_in(db.folder) == std::set<std::string>{"data.mdb", "data.mdb-lock"});
  for (const char* name : {"data.mdb", "data.mdb-lock"}) {
    CAPTURE(name);
    struct stat status;
    REQUIRE(::stat((db.folder / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
  int descriptors = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    std::string target = std::filesystem::read_symlink(entry.path(), gone);
    if (!target.starts_with(db.folder.path().native())) continue;
    ++descriptors;
    CAPTURE(target);
    CHECK((::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(descriptors >= 2);
}

TEST_CASE("what was written is there when the database is opened again") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("acme")).put_record("value");
    return {};
  });
  db.close();
  std::string bytes = read_file(db.folder / "data.mdb");
  {
    auto again = tests::open_environment(db.folder / "data.mdb");
    CHECK_MESSAGE(read_file(db.folder / "data.mdb") == bytes, "opening changed the file");
    Reader reader(*again);
    CHECK(reader.begin().tenant(tenant("acme")).record() == "value");
  }
}

TEST_CASE("stats count tenants, keys and tokens") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    for (const char* name : {"a", "b", "c"}) txn.edit(tenant(name)).put_record("r");
    txn.edit(tenant("a")).put_key(tests::provider("openai"), "k");
    txn.edit(tenant("a")).put_token(tests::hash_of("t"), "tok_t", "t");
    txn.put_operator_token(tests::hash_of("o"), "tok_o", "o");
    return {};
  });
  ReadTxn txn = db.reader->begin();
  Stats stats = db.environment->stats();
  CHECK(stats.tenants == 3);
  CHECK(stats.keys == 1);
  CHECK(stats.tokens == 2);
  CHECK(stats.map_size == 64 * mebibyte);
  CHECK(stats.used_bytes > 0);
  CHECK(stats.used_bytes <= std::filesystem::file_size(db.folder / "data.mdb"));
  CHECK(stats.readers >= 1);
  CHECK(db.environment->check_readers() == 0);
}

TEST_CASE("files that are no database of byokd are refused and left as they are") {
  TempFolder folder;
  std::filesystem::path file = folder / "data.mdb";
  struct Case {
    std::string_view name;
    std::string bytes;
  };
  const Case cases[] = {
      {"a short text", "hello\n"},
      {"zeros", std::string(100'000, '\0')},
      {"text of many pages", std::string(100'000, 'x')},
      {"an SQLite database", std::string("SQLite format 3\0", 16) + std::string(8176, '\0')},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    write_file(file, c.bytes);
    CHECK(refusal(folder, file).find("is not a database of byokd") != std::string::npos);
  }
}

TEST_CASE("an empty file is refused: it may have been a database") {
  TempFolder folder;
  write_file(folder / "data.mdb", "");
  CHECK(refusal(folder, folder / "data.mdb").find("is empty") != std::string::npos);
}

TEST_CASE("what is no regular file is refused without waiting for it") {
  TempFolder folder;
  std::filesystem::create_directory(folder / "folder");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  refusal(folder, folder / "folder");
  refusal(folder, folder / "pipe");
}

TEST_CASE("a database in a folder that does not exist is refused") {
  TempFolder folder;
  refusal(folder, folder / "no-such-folder/data.mdb");
}

TEST_CASE("LMDB databases of others and of newer versions are refused and left as they are") {
  struct Case {
    std::string_view name;
    const char* table;
    std::string key;
    std::string value;
    const char* sentence;
  };
  std::string newer;
  put_u32(newer, 2);
  const Case cases[] = {
      {"no sub-databases", nullptr, "key", "value", "not one of byokd"},
      {"a record where the sub-database should be", nullptr, "meta", "value", "not one of byokd"},
      {"other sub-databases", "people", "key", "value", "not one of byokd"},
      {"meta without a schema", "meta", "key", "value", "not one of byokd"},
      {"a schema of another width", "meta", "schema", "1", "not one of byokd"},
      {"our schema without our sub-databases", "meta", "schema", std::string("\0\0\0\x01", 4),
       "not one of byokd"},
      {"a newer schema", "meta", "schema", newer, "has schema 2"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    TempFolder folder;
    make_lmdb(folder / "data.mdb", c.table, c.key, c.value);
    CHECK(refusal(folder, folder / "data.mdb").find(c.sentence) != std::string::npos);
  }
}

TEST_CASE("a database cut short anywhere is refused and left as it is, and nothing crashes") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    for (int i = 0; i < 500; ++i) {
      txn.edit(tenant("t" + std::to_string(i))).put_record(std::string(300, 'v'));
    }
    return {};
  });
  const std::uint64_t used = db.environment->stats().used_bytes;
  db.close();
  const std::string whole = read_file(db.folder / "data.mdb");
  REQUIRE(used <= whole.size());

  TempFolder folder;
  std::filesystem::path file = folder / "data.mdb";
  std::set<std::uint64_t> sizes = {1, 8, 19, 20, 151, 152, 4095, 4096, 4097, 4247, 8191, 8192};
  for (std::uint64_t size = 8192; size < used; size += 4096 * 3 + 100) sizes.insert(size);
  sizes.insert({used - 4096, used - 1});
  for (std::uint64_t size : sizes) {
    CAPTURE(size);
    write_file(file, std::string_view(whole).substr(0, size));
    refusal(folder, file);
  }

  write_file(file, std::string_view(whole).substr(0, used));
  auto environment = tests::open_environment(file);
  CHECK(environment->stats().tenants == 500);
}

TEST_CASE("what a crash left of a database in the making does not stand in the way") {
  TempFolder folder;
  const std::filesystem::path file = folder / "data.mdb";
  for (std::string_view left : {"", "half"}) {
    CAPTURE(left);
    write_file(folder / "data.mdb.making", left);
    CHECK(tests::open_environment(file)->stats().tenants == 0);
    CHECK(files_in(folder) == std::set<std::string>{"data.mdb", "data.mdb-lock"});
    std::filesystem::remove(file);
  }
}

TEST_CASE("a link to where the database is to be made is followed") {
  TempFolder folder;
  std::filesystem::create_symlink(folder / "real.mdb", folder / "data.mdb");
  CHECK(tests::open_environment(folder / "data.mdb")->stats().tenants == 0);
  CHECK(std::filesystem::is_symlink(folder / "data.mdb"));
  CHECK(std::filesystem::file_size(folder / "real.mdb") > 0);
}

TEST_CASE("a database whose making was interrupted is made again") {
  TempFolder folder;
  std::filesystem::path file = folder / "data.mdb";
  MDB_env* env;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_open(env, file.c_str(), MDB_NOSUBDIR, 0600) == 0);
  mdb_env_close(env);
  CHECK(tests::open_environment(file)->stats().tenants == 0);
}

TEST_CASE("a map that is smaller than the database still shows all of it") {
  Database db;
  db.write([](WriteTxn& txn) -> Result<void> {
    for (int i = 0; i < 5000; ++i) {
      txn.edit(tenant("t" + std::to_string(i))).put_record(std::string(500, 'v'));
    }
    return {};
  });
  db.close();
  auto environment = tests::open_environment(db.folder / "data.mdb", mebibyte);
  CHECK(environment->stats().tenants == 5000);
}

TEST_CASE("a local folder is not taken for a remote one") {
  TempFolder folder;
  CHECK_FALSE(on_remote_filesystem(folder.path()));
  CHECK_FALSE(on_remote_filesystem(folder / "missing"));
}

}  // namespace
}  // namespace byok::store
