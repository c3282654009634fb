// What the ledger makes of ended calls, on a database of its own.
#include "daemon/service/usage_ledger.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/store/fixture.hpp"

namespace byok::service {
namespace {

using store::KeySource;
using store::tests::provider;
using store::tests::tenant;

const daemon::Logger quiet(daemon::LogLevel::error, daemon::LogFormat::text);

EndedCall ended(const std::string& model, bool accepted, const providers::TokenCounts& tokens,
                const std::string& of, KeySource source = KeySource::tenant) {
  return {
      tenant(of), {day_of(now()), provider("openai"), model, source}, accepted, !accepted, tokens};
}

// A ledger over a database that has one tenant, acme.
struct Fixture {
  explicit Fixture(std::uint64_t map_size = 64 * store::tests::mebibyte) : db(map_size) {
    db.write([](store::WriteTxn& txn) -> Result<void> {
      txn.edit(tenant("acme")).put_record("record");
      return {};
    });
  }

  void call(const std::string& model, bool accepted = true,
            const providers::TokenCounts& tokens = {}, const std::string& of = "acme") {
    notes.add(ended(model, accepted, tokens, of));
  }
  void write() {
    ledger->write();
    // What was submitted before has been answered when this is.
    db.write([](store::WriteTxn&) -> Result<void> { return {}; });
  }
  // "requests/errors/in/out" by model.
  std::map<std::string, std::string> rows(const std::string& of = "acme") {
    std::map<std::string, std::string> out;
    store::ReadTxn txn = db.reader->begin();
    txn.tenant(tenant(of)).each_usage(0, [&](std::string_view row, std::string_view counted) {
      const auto counts = store::decode_usage_counts(counted).value();
      const auto number = [](std::uint64_t n) { return std::to_string(n); };
      out[store::decode_usage_row(row).value().model] +=
          number(counts.requests) + "/" + number(counts.errors) + "/" +
          number(counts.input_tokens) + "/" + number(counts.output_tokens);
      return true;
    });
    return out;
  }

  store::tests::Database db;
  std::unique_ptr<UsageLedger> ledger = std::make_unique<UsageLedger>(*db.writer, quiet);
  UsageLedger::Notes& notes = ledger->open_notes();
};

TEST_CASE("calls are summed by model, over several writings") {
  Fixture f;
  f.call("a", true, {.input = 3, .output = 4});
  f.call("b");
  f.call("a", true, {.input = 10, .output = 20});
  f.call("");
  CHECK(f.rows().empty());
  f.write();
  f.call("a", true, {.input = 100, .output = 200});
  f.write();
  f.write();
  const std::map<std::string, std::string> expected = {
      {"a", "3/0/113/224"}, {"b", "1/0/0/0"}, {"", "1/0/0/0"}};
  CHECK(f.rows() == expected);
}

TEST_CASE("what is left when the ledger ends is written") {
  Fixture f;
  f.call("a");
  f.ledger.reset();
  f.db.write([](store::WriteTxn&) -> Result<void> { return {}; });
  CHECK(f.rows().at("a") == "1/0/0/0");
}

TEST_CASE("several threads' notes become one") {
  Fixture f;
  UsageLedger::Notes& more = f.ledger->open_notes();
  f.call("a");
  more.add(ended("a", true, {}, "acme"));
  more.add(ended("a", true, {}, "acme", KeySource::global));
  f.write();
  CHECK(f.rows().at("a") == "1/0/0/02/0/0/0");
}

TEST_CASE("a failed call counts under a model's name only where the provider took it before") {
  Fixture f;
  f.call("never-heard-of", false);
  f.call("a");
  f.call("a", false);
  f.write();
  f.call("a", false);
  f.call("", false);
  f.write();
  const std::map<std::string, std::string> expected = {
      {"other", "1/1/0/0"}, {"a", "3/2/0/0"}, {"", "1/1/0/0"}};
  CHECK(f.rows() == expected);
}

TEST_CASE("names that nobody should read are not kept, and long ones are cut") {
  Fixture f;
  f.call("two words");
  f.call("line\nbreak");
  f.call(std::string("zero\0byte", 9));
  f.call("caf\xc3\xa9");
  f.call(std::string(300, 'x'));
  f.write();
  const std::map<std::string, std::string> expected = {{"other", "4/0/0/0"},
                                                       {std::string(128, 'x'), "1/0/0/0"}};
  CHECK(f.rows() == expected);
}

TEST_CASE("a tenant's day has room for 200 models") {
  Fixture f;
  for (int i = 0; i < 150; ++i) f.call("model-" + std::to_string(i));
  f.write();
  for (int i = 0; i < 300; ++i) f.call("model-" + std::to_string(i));
  f.write();
  auto rows = f.rows();
  CHECK(rows.size() == 201);
  CHECK(rows.at("model-0") == "2/0/0/0");
  CHECK(rows.at("other") == "100/0/0/0");
}

TEST_CASE("a tenant that was deleted meanwhile leaves nothing, and another is not touched") {
  Fixture f;
  f.call("a");
  f.call("a", true, {}, "gone");
  f.write();
  CHECK(f.rows("gone").empty());
  CHECK(f.rows().size() == 1);
  f.db.write([](store::WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("acme")).erase_everything();
    return {};
  });
  CHECK(f.rows().empty());
}

TEST_CASE("days over 400 days ago go when a new row comes") {
  Fixture f;
  const Day today = day_of(now());
  const auto put_old = [&](Day day) {
    f.db.write([day](store::WriteTxn& txn) -> Result<void> {
      const store::UsageRow row{day, provider("openai"), "old-" + std::to_string(day),
                                KeySource::tenant};
      txn.edit(tenant("acme")).put_usage(encode(row), encode(store::UsageCounts{1, 0, 0, 0}));
      return {};
    });
  };
  for (Day day : {today - 500, today - 401, today - 400, today - 1}) put_old(day);
  f.call("a");
  f.write();
  auto rows = f.rows();
  CHECK(rows.size() == 3);
  CHECK(rows.contains("old-" + std::to_string(today - 400)));
}

TEST_CASE("what a full store does not take is kept, and written once there is room") {
  Fixture f(1 * store::tests::mebibyte);
  int fillers = 0;
  for (bool full = false; !full; ++fillers) {
    full = !store::tests::write(*f.db.writer, [fillers](store::WriteTxn& txn) -> Result<void> {
      txn.edit(tenant("filler"))
          .put_dek(static_cast<std::uint64_t>(fillers) + 1, std::string(1000, 'f'));
      return {};
    });
    REQUIRE(fillers < 10'000);
  }
  for (int i = 0; i < 50; ++i) f.call("model-" + std::to_string(i));
  f.write();
  CHECK(f.rows().empty());
  f.db.write([](store::WriteTxn& txn) -> Result<void> {
    txn.edit(tenant("filler")).erase_everything();
    return {};
  });
  f.call("model-0");
  f.write();
  auto rows = f.rows();
  CHECK(rows.size() == 50);
  CHECK(rows.at("model-0") == "2/0/0/0");
}

}  // namespace
}  // namespace byok::service
