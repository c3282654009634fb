#include "daemon/store/writer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/store/batch.hpp"

namespace byok::store {
namespace {

using tests::Database;
using tests::Pause;
using tests::provider;
using tests::put;
using tests::tenant;
using tests::write_together;

TEST_CASE("an answer comes after the commit") {
  Database db;
  std::promise<bool> seen;
  db.writer->submit(put("acme"), [&](const Result<void>& outcome) {
    Reader reader(*db.environment);
    seen.set_value(outcome.has_value() && reader.begin().tenant(tenant("acme")).record());
  });
  CHECK(seen.get_future().get());
}

TEST_CASE("a reader that holds its snapshot sees each commit all the same") {
  Database db;
  db.reader->hold();
  for (const char* name : {"acme", "beta"}) {
    CHECK_FALSE(db.reader->begin().tenant(tenant(name)).record());
    CHECK(write_together(*db.writer, {put(name)}).front().has_value());
    CHECK(db.reader->begin().tenant(tenant(name)).record());
  }
  db.reader->release();
  CHECK(db.reader->begin().tenant(tenant("acme")).record());
  CHECK_FALSE(db.reader->begin().tenant(tenant("none")).record());
}

TEST_CASE("a batch shares one commit, and its steps see one another's changes in order") {
  Database db;
  std::vector<Writer::Step> steps;
  for (int i = 0; i < 10; ++i) {
    steps.push_back([i](WriteTxn& txn) -> Result<void> {
      TenantEdit edit = txn.edit(tenant("acme"));
      edit.put_record(std::string(edit.record().value_or("")) + std::to_string(i));
      return {};
    });
  }
  std::uint64_t before = db.writer->figures().commits;
  for (const Result<void>& outcome : write_together(*db.writer, steps)) {
    CHECK(outcome.has_value());
  }
  CHECK(db.writer->figures().commits == before + 1);
  CHECK(db.reader->begin().tenant(tenant("acme")).record() == "0123456789");
}

TEST_CASE("many threads' steps are all answered once, and share commits") {
  Database db;
  constexpr int thread_count = 8;
  constexpr int steps_each = 200;
  std::atomic<int> answered = 0;
  std::atomic<int> failed = 0;
  {
    Writer writer(*db.environment);
    std::vector<std::thread> threads;
    for (int t = 0; t < thread_count; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < steps_each; ++i) {
          writer.submit(put("t" + std::to_string(t) + "-" + std::to_string(i)),
                        [&](const Result<void>& outcome) {
                          ++answered;
                          if (!outcome) ++failed;
                        });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(tests::write(writer, put("last")).has_value());
    Writer::Figures figures = writer.figures();
    CHECK(figures.steps == thread_count * steps_each + 1);
    CHECK(figures.commits < figures.steps);
    CHECK(figures.queued == 0);
  }
  CHECK(answered == thread_count * steps_each);
  CHECK(failed == 0);
  CHECK(db.environment->stats().tenants == thread_count * steps_each + 1);
}

TEST_CASE("the destructor writes and answers all that was submitted") {
  Database db;
  int answered = 0;
  {
    Writer writer(*db.environment);
    for (int i = 0; i < 2000; ++i) {
      writer.submit(put("t" + std::to_string(i)), [&](const Result<void>& outcome) {
        if (outcome) ++answered;
      });
    }
  }
  CHECK(answered == 2000);
  CHECK(db.environment->stats().tenants == 2000);
}

TEST_CASE("a step that fails at any place of a batch keeps nothing, and the others all") {
  struct Case {
    std::string_view name;
    Writer::Step step;
    Errc code;
  };
  const Error conflict{Errc::tenant_exists, "there already"};
  const Case cases[] = {
      {"error before a change", [=](WriteTxn&) -> Result<void> { return conflict; },
       Errc::tenant_exists},
      {"error after a change",
       [=](WriteTxn& txn) -> Result<void> {
         txn.edit(tenant("bad")).put_record("half");
         return conflict;
       },
       Errc::tenant_exists},
      {"exception before a change",
       [](WriteTxn&) -> Result<void> { throw std::runtime_error("broken"); }, Errc::internal},
      {"exception after a change",
       [](WriteTxn& txn) -> Result<void> {
         txn.edit(tenant("bad")).put_record("half");
         throw std::runtime_error("broken");
       },
       Errc::internal},
      {"something else thrown", [](WriteTxn&) -> Result<void> { throw 1; }, Errc::internal},
      {"a key that LMDB refuses",
       [](WriteTxn& txn) -> Result<void> {
         txn.put_meta(std::string(600, 'm'), "value");
         return {};
       },
       Errc::internal},
      {"the store is full", [](WriteTxn&) -> Result<void> { throw StoreError("full", true); },
       Errc::store_full},
  };
  constexpr std::size_t batch = 5;
  for (const Case& c : cases) {
    for (std::size_t position = 0; position < batch; ++position) {
      CAPTURE(c.name);
      CAPTURE(position);
      Database db;
      std::vector<Writer::Step> steps;
      for (std::size_t i = 0; i < batch; ++i) {
        steps.push_back(i == position ? c.step : put("good" + std::to_string(i)));
      }
      std::vector<Result<void>> outcomes = write_together(*db.writer, steps);
      ReadTxn txn = db.reader->begin();
      for (std::size_t i = 0; i < batch; ++i) {
        CAPTURE(i);
        CHECK(outcomes[i].has_value() == (i != position));
        CHECK(txn.tenant(tenant("good" + std::to_string(i))).record().has_value() ==
              (i != position));
      }
      CHECK(outcomes[position].error().code == c.code);
      CHECK_FALSE(txn.tenant(tenant("bad")).record().has_value());
    }
  }
}

TEST_CASE("a batch in which several steps fail keeps the rest") {
  Database db;
  std::vector<Writer::Step> steps;
  for (int i = 0; i < 30; ++i) {
    steps.push_back([i](WriteTxn& txn) -> Result<void> {
      txn.edit(tenant("t" + std::to_string(i))).put_record("value");
      if (i % 3 == 1) return Error{Errc::bad_request, "after a change"};
      if (i % 3 == 2) throw std::runtime_error("after a change");
      return {};
    });
  }
  std::vector<Result<void>> outcomes = write_together(*db.writer, steps);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    CAPTURE(i);
    CHECK(outcomes[i].has_value() == (i % 3 == 0));
  }
  CHECK(db.environment->stats().tenants == 10);
}

TEST_CASE("a step's answer is that of its last run, after what came before it has failed") {
  // The second sees the first's tenant in the first run; the third makes that run void.
  Database db;
  int runs = 0;
  std::vector<Result<void>> outcomes = write_together(
      *db.writer, {[&](WriteTxn& txn) -> Result<void> {
                     txn.edit(tenant("acme")).put_record("value");
                     if (++runs > 1) return Error{Errc::overloaded, "the second time"};
                     return {};
                   },
                   [](WriteTxn& txn) -> Result<void> {
                     TenantEdit edit = txn.edit(tenant("acme"));
                     if (edit.record()) return Error{Errc::tenant_exists, "there already"};
                     edit.put_record("mine");
                     return {};
                   },
                   [](WriteTxn&) -> Result<void> { throw std::runtime_error("broken"); }});
  CHECK_FALSE(outcomes[0].has_value());
  CHECK(outcomes[1].has_value());
  CHECK_FALSE(outcomes[2].has_value());
  CHECK(db.reader->begin().tenant(tenant("acme")).record() == "mine");
}

TEST_CASE("steps that change nothing cost no commit") {
  Database db;
  db.write(put("acme"));
  std::uint64_t before = db.writer->figures().commits;
  db.write([](WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("nobody")).erase_everything();
    return {};
  });
  CHECK(db.writer->figures().commits == before);
}

TEST_CASE("readers on other threads always see a key with its own DEK while it is rotated") {
  Database db;
  auto rotate = [](std::uint64_t version) -> Writer::Step {
    return [version](WriteTxn& txn) -> Result<void> {
      TenantEdit edit = txn.edit(tenant("acme"));
      edit.put_record(std::to_string(version));
      edit.put_key(provider("openai"), std::to_string(version));
      edit.put_dek(version, std::to_string(version));
      if (version > 1) edit.erase_dek(version - 1);
      return {};
    };
  };
  db.write(rotate(1));
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> threads;
  std::atomic<int> reading = 0;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      Reader reader(*db.environment);
      ++reading;
      while (!done) {
        ReadTxn txn = reader.begin();
        TenantView view = txn.tenant(tenant("acme"));
        std::string key(view.key(provider("openai")).value_or(""));
        if (key.empty() || view.record() != key || view.dek(std::stoull(key)) != key) ++torn;
      }
    });
  }
  while (reading < 2) std::this_thread::yield();
  for (std::uint64_t version = 2; version <= 300; ++version) db.write(rotate(version));
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(db.reader->begin().tenant(tenant("acme")).record() == "300");
}

}  // namespace
}  // namespace byok::store
