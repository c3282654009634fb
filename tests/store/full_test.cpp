// A full map and a full disk: what adds is refused, reads go on, and everything can be deleted.
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "tests/store/fixture.hpp"
#include "tests/support/small_disk.hpp"

namespace byok::store {
namespace {

using tests::Database;
using tests::mebibyte;
using tests::provider;
using tests::tenant;

std::string name_of(int i) { return "tenant-" + std::to_string(i); }

Writer::Step add_tenant(int i) {
  return [i](WriteTxn& txn) -> Result<void> {
    TenantEdit edit = txn.edit(tenant(name_of(i)));
    edit.put_record(std::string(60, 'r'));
    edit.put_key(provider("openai"), std::string(300, 'k'));
    edit.put_dek(1, std::string(150, 'd'));
    edit.put_token(tests::hash_of(name_of(i)), "tok_" + name_of(i), std::string(120, 't'));
    return {};
  };
}

Writer::Step remove_key(int i) {
  return [i](WriteTxn& txn) -> Result<void> {
    TenantEdit edit = txn.edit(tenant(name_of(i)));
    edit.put_record(std::string(40, 'r'));
    edit.erase_key(provider("openai"));
    edit.erase_dek(1);
    return {};
  };
}

Writer::Step remove_tenant(int i) {
  return [i](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant(name_of(i))).erase_everything();
    return {};
  };
}

// Adds tenants one after the other until one is refused; returns how many there are.
int fill(Writer& writer) {
  for (int i = 0; i < 100'000; ++i) {
    Result<void> outcome = tests::write(writer, add_tenant(i));
    if (outcome) continue;
    CHECK(outcome.error().code == Errc::store_full);
    return i;
  }
  FAIL("the store was never full");
  return 0;
}

// As the audit log does: notes in each transaction where it has come to.
class Notes : public Journal {
 public:
  void begin() override {}
  Result<void> before_commit(WriteTxn& txn) override {
    txn.put_meta("notes", std::string(40, static_cast<char>('a' + ++count_ % 26)));
    return {};
  }
  void after_commit(bool) noexcept override {}

 private:
  int count_ = 0;
};

void check_that_all_else_goes_on(Environment& environment, Journal* journal = nullptr) {
  Writer writer(environment, journal);
  int count = fill(writer);
  REQUIRE(count > 20);

  Reader reader(environment);
  {
    ReadTxn txn = reader.begin();
    for (int i = 0; i < count; ++i) {
      CHECK(txn.tenant(tenant(name_of(i))).key(provider("openai")) == std::string(300, 'k'));
    }
    CHECK_FALSE(txn.tenant(tenant(name_of(count))).record().has_value());
  }

  for (int i = 0; i < count; ++i) {
    CAPTURE(i);
    Result<void> outcome = tests::write(writer, remove_key(i));
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message());
  }
  for (int i = 0; i < count; ++i) {
    CAPTURE(i);
    Result<void> outcome = tests::write(writer, remove_tenant(i));
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message());
  }
  CHECK(environment.stats().tenants == 0);

  int again = fill(writer);
  CHECK_MESSAGE(again > count / 2, again << " fit again of " << count);
}

TEST_CASE("with a full map reads go on, everything can be deleted, and then there is room again") {
  Database db(mebibyte);
  db.writer.reset();
  check_that_all_else_goes_on(*db.environment);
}

TEST_CASE("what the journal notes stands in the way of no deletion") {
  Database db(mebibyte);
  db.writer.reset();
  Notes notes;
  check_that_all_else_goes_on(*db.environment, &notes);
}

TEST_CASE("the first note in a full map stands in the way of no deletion") {
  Database db(mebibyte);
  const int count = fill(*db.writer);
  // To the last page that may be used.
  for (int i = count;; ++i) {
    Result<void> outcome = tests::write(*db.writer, [i](WriteTxn& txn) -> Result<void> {
      txn.edit(tenant(name_of(i))).put_record(std::string(60, 'r'));
      return {};
    });
    if (!outcome) break;
  }
  Notes notes;
  db.writer = std::make_unique<Writer>(*db.environment, &notes);
  for (int i = 0; i < count; ++i) CHECK(tests::write(*db.writer, remove_key(i)).has_value());
}

TEST_CASE("a batch that does not fit keeps the steps that do") {
  Database db(mebibyte);
  int count = fill(*db.writer);
  std::atomic<int> removed = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < count; ++i) {
    db.writer->submit(remove_tenant(i), [&](const Result<void>& outcome) {
      if (outcome) ++removed;
    });
    db.writer->submit(add_tenant(count + i), [&](const Result<void>& outcome) {
      if (!outcome && outcome.error().code == Errc::store_full) ++refused;
    });
  }
  db.writer.reset();
  CHECK(removed == count);
  CHECK(db.environment->stats().tenants == static_cast<std::uint64_t>(count - refused));
}

TEST_CASE("with a full disk reads go on, everything can be deleted, and then there is room again") {
  testing::SmallDisk disk("1m");
  if (!disk.mounted()) return;
  auto environment = tests::open_environment(disk / "data.mdb");
  check_that_all_else_goes_on(*environment);
}

TEST_CASE("on a disk without any room a new database is refused and leaves nothing") {
  testing::SmallDisk disk("1m");
  if (!disk.mounted()) return;
  disk.fill();
  Result<std::unique_ptr<Environment>> opened = Environment::open(disk / "data.mdb", 64 * mebibyte);
  CHECK_FALSE(opened.has_value());
  CHECK_FALSE(std::filesystem::exists(disk / "data.mdb"));
  CHECK_FALSE(std::filesystem::exists(disk / "data.mdb-lock"));
}

}  // namespace
}  // namespace byok::store
