// What the writer tells its journal, and when.
#include <doctest/doctest.h>

#include <functional>

#include "tests/store/batch.hpp"

namespace byok::store {
namespace {

using tests::Database;
using tests::put;
using tests::tenant;
using tests::write_together;

// Keeps what it is called with, and refuses where it is told to.
class Diary : public Journal {
 public:
  void begin() override { calls += 'b'; }
  Result<void> before_commit(WriteTxn& txn) override {
    calls += 'w';
    if (refuses) return Error{Errc::audit_unavailable, "no room"};
    txn.put_meta("diary", "written");
    return {};
  }
  void after_commit(bool durable) noexcept override {
    calls += durable ? 'd' : 'f';
    if (looks) looks();
  }

  std::string calls;
  std::function<void()> looks;
  bool refuses = false;
};

TEST_CASE("the journal is told before a transaction that changes something, and after") {
  Database db;
  Diary diary;
  Writer writer(*db.environment, &diary);
  bool kept = false;
  diary.looks = [&] { kept = db.reader->begin().tenant(tenant("acme")).record().has_value(); };
  CHECK(tests::write(writer, put("acme")).has_value());
  diary.looks = nullptr;
  CHECK(diary.calls == "bwd");
  CHECK(kept);
  CHECK(db.reader->begin().meta("diary") == "written");

  diary.calls.clear();
  CHECK(tests::write(writer, [](WriteTxn&) -> Result<void> { return {}; }).has_value());
  CHECK(diary.calls == "b");

  // A step that fails after a change: begun anew without it, and told of what is left.
  diary.calls.clear();
  auto outcomes = write_together(writer, {put("beta"), [](WriteTxn& txn) -> Result<void> {
                                            txn.edit(tenant("gamma")).put_record("value");
                                            return Error{Errc::internal, "broken"};
                                          }});
  CHECK(outcomes[0].has_value());
  CHECK_FALSE(outcomes[1].has_value());
  CHECK(diary.calls == "bbbwd");  // the first is the pause's
}

TEST_CASE("what the journal refuses is not kept, and each step is told why") {
  Database db;
  Diary diary;
  Writer writer(*db.environment, &diary);
  diary.refuses = true;
  for (const Result<void>& outcome : write_together(writer, {put("acme"), put("beta")})) {
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == Errc::audit_unavailable);
  }
  CHECK_FALSE(db.reader->begin().tenant(tenant("acme")).record());
  CHECK(diary.calls.find('d') == std::string::npos);
  diary.refuses = false;
  CHECK(tests::write(writer, put("acme")).has_value());
}

}  // namespace
}  // namespace byok::store
