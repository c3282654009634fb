// What the workers' notes come to, on a database of its own.
#include "daemon/service/key_notes.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <future>
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
  KeyVerdicts verdicts(*db.writer);
  KeyNotes notes(loop.deadlines, *db.reader, *db.writer, verdicts);
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

// A stored key, and two workers who call with it.
struct KeyInUse {
  static constexpr std::uint64_t version = 3;
  const TenantId acme = tenant("acme");
  const ProviderId openai = *ProviderId::parse("openai");
  store::tests::Database db;
  store::Reader second_reader{*db.environment};
  net::asio::io_context context;
  net::Loop loop{context.get_executor()};
  KeyVerdicts verdicts{*db.writer};
  KeyNotes first{loop.deadlines, *db.reader, *db.writer, verdicts};
  KeyNotes second{loop.deadlines, second_reader, *db.writer, verdicts};

  KeyInUse() {
    const vault::Vault vault{vault::RootKey(Secret(std::string(crypto::key_size, 'r'))),
                             {'d', 'b'}};
    db.write([&](store::WriteTxn& txn) -> Result<void> {
      store::TenantEdit edit = txn.edit(acme);
      edit.put_record("record");
      edit.put_key(openai, vault.seal(vault::Dek::make(), {acme, openai, version},
                                      {version, now(), now()}, "a key"));
      edit.put_key_state(openai, encode(store::KeyState{}));
      return {};
    });
  }
  ~KeyInUse() { loop.deadlines.stop(); }

  KeyUse use(providers::KeyVerdict verdict) const { return {acme, openai, version, verdict}; }
  // As a verification does.
  void verify(providers::KeyVerdict verdict) {
    first.note_verdict(use(verdict));
    db.write([&](store::WriteTxn& txn) -> Result<void> {
      write_use(txn, use(verdict), now());
      return {};
    });
  }
  // How many changes of the database it came to.
  std::uint64_t flush(KeyNotes& notes) {
    const auto nothing = [](store::WriteTxn&) -> Result<void> { return {}; };
    const std::uint64_t before = db.writer->figures().steps;
    notes.flush();
    db.write(nothing);  // answered behind them
    return db.writer->figures().steps - before - 1;
  }
  store::KeyState state() {
    return store::decode_key_state(db.reader->begin().tenant(acme).key_state(openai).value())
        .value();
  }
};

TEST_CASE("a use is written again not before a minute has gone, unless it brings news") {
  using Verdict = providers::KeyVerdict;
  KeyInUse f;
  struct Row {
    std::string_view name;
    Verdict verdict;
    bool written;
  };
  const Row rows[] = {
      {"the first use", Verdict::unknown, true},  {"the second", Verdict::unknown, false},
      {"what is written", Verdict::valid, false}, {"news", Verdict::rejected, true},
      {"the same", Verdict::rejected, false},     {"none", Verdict::unknown, false},
      {"another", Verdict::restricted, true},     {"the first again", Verdict::valid, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    f.first.note_key(f.use(row.verdict));
    CHECK((f.flush(f.first) > 0) == row.written);
    CHECK(f.state().last_used_at > 0);
  }
  int intervals = 0;
  for (bool written = false; !written && intervals < 100; ++intervals) {
    f.first.note_key(f.use(Verdict::valid));
    written = f.flush(f.first) > 0;
  }
  CHECK(intervals > 1);
  CHECK(intervals <= 13);
}

TEST_CASE("a key's status is what was learned of it last, whoever learned it") {
  using Status = store::KeyStatus;
  using Verdict = providers::KeyVerdict;
  const auto verdict_of = [](char letter) {
    return letter == '+' ? Verdict::valid : letter == '-' ? Verdict::rejected : Verdict::unknown;
  };
  // Which of the two workers notes what; f: it writes; v: what a verification writes.
  struct Row {
    std::string_view steps;
    Status status;
  };
  const Row rows[] = {
      {"1+ 1f", Status::active},
      {"1- 1f", Status::rejected},
      {"1- 1f 1? 1f", Status::rejected},
      {"1- 1+ 1f", Status::active},
      {"1+ 1- 1f", Status::rejected},
      {"1- 1+ 1- 1f", Status::rejected},
      // One is late with what was good news no longer.
      {"1+ 2- 2f 1f", Status::rejected},
      // One has said so before, and the other, or a verification, the contrary since.
      {"1+ 1f 2- 2f 1+ 1f", Status::active},
      {"1- 1f 2+ 2f 1- 1f", Status::rejected},
      {"1- 1f v+ 1- 1f", Status::rejected},
      {"1+ 1f v- 1+ 1f", Status::active},
      // Who has no verdict stands in nobody's way.
      {"v- 1+ 2? 2f 1f", Status::active},
      // Another learns better before what one learned is written.
      {"1- 2+ 1f", Status::active},
      {"1- 2+ 2f 1f", Status::active},
      {"1- v+ 1f", Status::active},
      {"1- 2+ 1- 2f", Status::rejected},
  };
  for (const Row& row : rows) {
    CAPTURE(row.steps);
    KeyInUse f;
    for (std::size_t at = 0; at < row.steps.size(); at += 3) {
      const char who = row.steps[at];
      const char what = row.steps[at + 1];
      KeyNotes& notes = who == '2' ? f.second : f.first;
      if (who == 'v') {
        f.verify(verdict_of(what));
      } else if (what == 'f') {
        f.flush(notes);
      } else {
        notes.note_key(f.use(verdict_of(what)));
      }
    }
    CHECK(f.state().status == row.status);
  }
}

TEST_CASE("what is learned of a key while its verdict is written is written behind it") {
  using Verdict = providers::KeyVerdict;
  KeyInUse f;
  std::promise<void> go_on;
  std::promise<Result<void>> went_on;
  f.db.writer->submit(
      [&go_on](store::WriteTxn&) -> Result<void> {
        go_on.get_future().wait();
        return {};
      },
      [&went_on](Result<void> outcome) { went_on.set_value(outcome); });
  f.first.note_key(f.use(Verdict::rejected));
  f.verdicts.write();
  f.second.note_key(f.use(Verdict::valid));
  f.verdicts.write();
  f.first.note_key(f.use(Verdict::restricted));
  go_on.set_value();
  CHECK(went_on.get_future().get().has_value());
  f.flush(f.first);
  CHECK(f.state().status == store::KeyStatus::restricted);
  f.flush(f.second);
  // Nothing is left to be written.
  CHECK(f.flush(f.second) == 0);
  CHECK(f.state().status == store::KeyStatus::restricted);
}

TEST_CASE("one is asked to write what is news, and not at once after the last writing") {
  using Verdict = providers::KeyVerdict;
  KeyInUse f;
  CHECK_FALSE(f.verdicts.note(f.use(Verdict::valid), f.second_reader));
  CHECK(f.verdicts.note(f.use(Verdict::rejected), f.second_reader) == std::chrono::milliseconds(0));
  CHECK_FALSE(f.verdicts.note(f.use(Verdict::restricted), f.second_reader));
  f.flush(f.first);
  CHECK_FALSE(f.verdicts.note(f.use(Verdict::restricted), f.second_reader));
  CHECK(f.verdicts.note(f.use(Verdict::valid), f.second_reader) > std::chrono::milliseconds(0));
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
    KeyVerdicts verdicts(*db.writer);
    KeyNotes notes(loop.deadlines, *db.reader, *db.writer, verdicts);
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
