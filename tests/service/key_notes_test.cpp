// What the workers' notes come to, on a database of its own.
#include "daemon/service/key_notes.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "daemon/net/loop.hpp"
#include "daemon/store/records.hpp"
#include "daemon/vault/vault.hpp"
#include "tests/store/fixture.hpp"

namespace byok::service {
namespace {

using store::tests::hash_of;
using store::tests::tenant;

TEST_CASE("many notes are written to the last, in several transactions") {
  constexpr int count = 500;
  store::tests::Database db;
  const auto hash = [](int number) { return hash_of(std::to_string(number)); };
  db.write([&](store::WriteTxn& txn) -> Result<void> {
    store::TenantEdit acme = txn.edit(tenant("acme"));
    acme.put_record("record");
    for (int i = 0; i < count; ++i) acme.put_token(hash(i), "tok_" + std::to_string(i), "record");
    return {};
  });
  net::asio::io_context context;
  net::Loop loop(context.get_executor());
  KeyNotes notes(loop.deadlines, *db.writer);
  // One that is gone by the time of the writing stays away.
  notes.note_token(hash(count));
  for (int i = 0; i < count; ++i) notes.note_token(hash(i));
  const std::uint64_t before = db.writer->figures().commits;
  notes.flush();
  const auto written = [&] {
    int found = 0;
    store::ReadTxn txn = db.reader->begin();
    for (int i = 0; i < count; ++i) {
      auto state = txn.token_state(hash(i));
      if (state && store::decode_key_state(*state).value().last_used_at > 0) ++found;
    }
    CHECK_FALSE(txn.token_state(hash(count)));
    return found;
  };
  // Each of these is answered behind a slice at least.
  for (int i = 0; i < count && written() < count; ++i) {
    db.write([](store::WriteTxn&) -> Result<void> { return {}; });
  }
  CHECK(written() == count);
  CHECK(db.writer->figures().commits >= before + 4);
  loop.deadlines.stop();
}

TEST_CASE("a use is written again when it is news, and not before a minute has gone") {
  store::tests::Database db;
  const KeyUse use{tenant("acme"), *ProviderId::parse("openai"), 1, {}};
  net::asio::io_context context;
  net::Loop loop(context.get_executor());
  KeyNotes notes(loop.deadlines, *db.writer);
  using Verdict = providers::KeyVerdict;
  struct Row {
    std::string_view name;
    Verdict verdict;
    bool written;
  };
  const Row rows[] = {
      {"the first use", Verdict::unknown, true}, {"the second", Verdict::unknown, false},
      {"a verdict", Verdict::valid, true},       {"the same", Verdict::valid, false},
      {"none", Verdict::unknown, false},         {"another", Verdict::rejected, true},
      {"the first again", Verdict::valid, true},
  };
  const auto steps_of = [&](auto act) {
    const std::uint64_t before = db.writer->figures().steps;
    act();
    notes.flush();
    // Answered behind it.
    db.write([](store::WriteTxn&) -> Result<void> { return {}; });
    return db.writer->figures().steps - before;
  };
  const std::uint64_t none = steps_of([] {});
  for (const Row& row : rows) {
    CAPTURE(row.name);
    KeyUse noted = use;
    noted.verdict = row.verdict;
    CHECK((steps_of([&] { notes.note_key(noted); }) > none) == row.written);
  }
  int intervals = 0;
  for (bool written = false; !written && intervals < 100; ++intervals) {
    KeyUse noted = use;
    noted.verdict = Verdict::valid;
    written = steps_of([&] { notes.note_key(noted); }) > none;
  }
  CHECK(intervals > 1);
  CHECK(intervals <= 13);
  loop.deadlines.stop();
}

TEST_CASE("what was learned of a key early does not undo what was learned since") {
  using Status = store::KeyStatus;
  using Verdict = providers::KeyVerdict;
  store::tests::Database db;
  const TenantId acme = tenant("acme");
  const ProviderId openai = *ProviderId::parse("openai");
  const vault::Vault vault{vault::RootKey(Secret(std::string(crypto::key_size, 'r'))), {'d', 'b'}};
  constexpr std::uint64_t version = 3;
  const UnixTime noon = now() - 100;
  const std::string sealed =
      vault.seal(vault::Dek::make(), {acme, openai, version}, {version, noon, noon}, "a key");
  struct Row {
    std::string_view name;
    store::KeyState before;
    Verdict verdict;
    UnixTime used_at;
    store::KeyState after;
  };
  const Row rows[] = {
      {"the first use", {0, Status::active}, Verdict::rejected, noon, {noon, Status::rejected}},
      {"later", {noon, Status::rejected}, Verdict::valid, noon + 1, {noon + 1, Status::active}},
      {"at once", {noon, Status::rejected}, Verdict::valid, noon, {noon, Status::active}},
      {"earlier", {noon, Status::rejected}, Verdict::valid, noon - 1, {noon, Status::rejected}},
      {"unknown",
       {noon, Status::rejected},
       Verdict::unknown,
       noon + 1,
       {noon + 1, Status::rejected}},
      {"the clock was ahead",
       {noon + 90'000, Status::active},
       Verdict::rejected,
       noon,
       {noon, Status::rejected}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    db.write([&](store::WriteTxn& txn) -> Result<void> {
      store::TenantEdit edit = txn.edit(acme);
      edit.put_record("record");
      edit.put_key(openai, sealed);
      edit.put_key_state(openai, encode(row.before));
      write_use(txn, {acme, openai, version, row.verdict}, row.used_at);
      return {};
    });
    store::ReadTxn txn = db.reader->begin();
    const store::KeyState after =
        store::decode_key_state(txn.tenant(acme).key_state(openai).value()).value();
    CHECK(after.last_used_at == row.after.last_used_at);
    CHECK(after.status == row.after.status);
  }
}

TEST_CASE("a writer that ends writes what was noted before") {
  store::tests::Database db;
  db.write([](store::WriteTxn& txn) -> Result<void> {
    for (int i = 0; i < 300; ++i) {
      txn.edit(tenant("acme")).put_token(hash_of(std::to_string(i)), std::to_string(i), "record");
    }
    return {};
  });
  net::asio::io_context context;
  net::Loop loop(context.get_executor());
  {
    KeyNotes notes(loop.deadlines, *db.writer);
    for (int i = 0; i < 300; ++i) notes.note_token(hash_of(std::to_string(i)));
    notes.flush();
  }
  db.writer.reset();
  store::ReadTxn txn = db.reader->begin();
  for (int i = 0; i < 300; ++i) CHECK(txn.token_state(hash_of(std::to_string(i))));
  loop.deadlines.stop();
}

}  // namespace
}  // namespace byok::service
