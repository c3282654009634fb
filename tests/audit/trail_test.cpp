#include "daemon/audit/trail.hpp"

#include <doctest/doctest.h>

#include "tests/audit/support.hpp"

namespace byok::audit {
namespace {

using tests::commit;
using tests::has;
using tests::key;
using tests::lines_of;
using tests::record;
using tests::verify;
using Kind = Record::Kind;

TEST_CASE("what is to be changed is in the file before, and what came of it behind") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Trail trail(file, key, {});
  trail.begin();
  trail.intend(record(Kind::change, "key.set"));
  trail.intend(record(Kind::deletion, "key.deleted"));
  Result<std::optional<Head>> head = trail.write_intentions();
  REQUIRE(head.has_value());
  REQUIRE(lines_of(file).size() == 2);
  CHECK(has(lines_of(file)[0], R"("event":"key.set")"));
  CHECK(has(lines_of(file)[1], R"("result":"begun")"));
  CHECK(**head == trail.head());

  trail.conclude(true);
  REQUIRE(lines_of(file).size() == 3);
  CHECK(has(lines_of(file)[2], R"("event":"outcome")"));
  CHECK(has(lines_of(file)[2], R"("first":1,"last":2,"result":"done")"));

  CHECK(commit(trail, {record(Kind::change, "key.set")}, false));
  CHECK(has(lines_of(file)[4], R"("first":4,"last":4,"result":"failed")"));
  CHECK(verify(file, trail.head()).problems.empty());
}

TEST_CASE("a transaction that begins anew forgets what its steps told before") {
  testing::TempFolder folder;
  Trail trail(folder / "audit.log", key, {});
  trail.begin();
  trail.intend(record(Kind::change, "key.set"));
  CHECK(commit(trail, {record(Kind::change, "key.rotated")}));
  const auto lines = lines_of(folder / "audit.log");
  REQUIRE(lines.size() == 2);
  CHECK(has(lines[0], "key.rotated"));
}

TEST_CASE("a transaction that tells nothing writes nothing") {
  testing::TempFolder folder;
  Trail trail(folder / "audit.log", key, {});
  trail.begin();
  Result<std::optional<Head>> head = trail.write_intentions();
  REQUIRE(head.has_value());
  CHECK_FALSE(head->has_value());
  trail.conclude(true);
  CHECK(testing::read_file(folder / "audit.log").empty());
}

TEST_CASE("the chain goes on behind what the file holds") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Head known;
  for (int i = 0; i < 3; ++i) {
    Trail trail(file, key, known);
    CHECK(commit(trail, {record(Kind::change, "key.set")}));
    known = trail.head();
  }
  CHECK(lines_of(file).size() == 6);
  CHECK(verify(file, known).problems.empty());
}

TEST_CASE("a line that was half written is cut off, and told") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  {
    Trail trail(file, key, {});
    CHECK(commit(trail, {record(Kind::change, "key.set")}));
  }
  testing::write_file(file, testing::read_file(file) + R"({"seq":3,"time":"20)");
  Trail trail(file, key, {});
  CHECK(has(lines_of(file).back(), R"("event":"audit.mended","who":"byokd","bytesCut":19)"));
  CHECK(verify(file, trail.head()).problems.empty());
}

TEST_CASE("what a power failure left behind the last line is cut off, however long it is") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Head known;
  {
    Trail trail(file, key, {});
    CHECK(commit(trail, {record(Kind::change, "key.set")}));
    known = trail.head();
  }
  testing::write_file(file, testing::read_file(file) + std::string(700'000, '\0'));
  Trail trail(file, key, known);
  CHECK(has(lines_of(file).back(), R"("event":"audit.mended","who":"byokd","bytesCut":700000)"));
  CHECK(verify(file, trail.head()).problems.empty());
}

TEST_CASE("behind what is synced, lines of which the disk has some pieces alone are cut off") {
  struct Case {
    std::string_view name;
    std::size_t gap;   // where zeros stand, from the end of the known line
    std::size_t size;  // how many
  };
  const Case cases[] = {
      {"the first line's beginning", 0, 10},
      {"across two lines", 100, 250},
      {"within the second", 300, 60},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    testing::TempFolder folder;
    const std::filesystem::path file = folder / "audit.log";
    Head known;
    std::size_t synced = 0;
    {
      Trail trail(file, key, {});
      CHECK(commit(trail, {record(Kind::change, "key.set")}));
      known = trail.head();
      synced = testing::read_file(file).size();
      const std::string long_text(100, 'x');
      CHECK(commit(trail, {record(Kind::change, "key.set", long_text),
                           record(Kind::change, "key.set", long_text)}));
    }
    std::string text = testing::read_file(file);
    REQUIRE(text.size() > synced + each.gap + each.size + 200);
    text.replace(synced + each.gap, each.size, each.size, '\0');
    testing::write_file(file, text);
    Trail trail(file, key, known);
    CHECK(has(lines_of(file).back(), R"("event":"audit.mended")"));
    CHECK(commit(trail, {record(Kind::change, "key.set")}));
    CHECK(verify(file, trail.head()).problems.empty());
  }
}

TEST_CASE("a new log of which the disk has the size alone is begun anew, and no other file is") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  testing::write_file(file, std::string(600, '\0'));
  Trail trail(file, key, {});
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  CHECK(verify(file, trail.head()).problems.empty());

  const std::filesystem::path other = folder / "other";
  const std::string bytes = "binary" + std::string(600, '\0') + "\n";
  testing::write_file(other, bytes);
  Trail refused(other, key, {});
  CHECK_FALSE(commit(refused, {record(Kind::change, "key.set")}));
  CHECK(testing::read_file(other) == bytes);
}

TEST_CASE("lines that the database knows and the file lacks are told, and stay a problem") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Head known;
  {
    Trail trail(file, key, {});
    for (int i = 0; i < 3; ++i) CHECK(commit(trail, {record(Kind::change, "key.set")}));
    known = trail.head();
  }
  const auto lines = lines_of(file);
  testing::write_file(file, lines[0] + "\n" + lines[1] + "\n");
  Trail trail(file, key, known);
  CHECK(has(lines_of(file).back(), R"("event":"audit.lines_missing")"));
  CHECK(has(lines_of(file).back(), R"("expected":6)"));
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  CHECK(verify(file, trail.head()).problems.size() == 1);
}

TEST_CASE("without room for a line nothing is begun") {
  Trail trail("/dev/full", key, {});
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));
  REQUIRE(trail.trouble().has_value());
  CHECK(trail.trouble()->code == Errc::audit_unavailable);
  CHECK(trail.head().seq == 0);
}

TEST_CASE("what is owed stands before all that follows, however late something can be written") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "logs/audit.log";
  Trail trail(file, key, {});
  trail.owe(record(Kind::fact, "byokd.started"));
  // Of what changes nothing that is told, nobody is refused.
  trail.begin();
  Result<std::optional<Head>> nothing = trail.write_intentions();
  REQUIRE(nothing.has_value());
  CHECK_FALSE(nothing->has_value());
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));

  std::filesystem::create_directory(file.parent_path());
  CHECK(commit(trail, {record(Kind::change, "key.rotated")}));
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  CHECK(has(lines[0], "byokd.started"));
  CHECK(has(lines[1], "key.rotated"));
  CHECK(has(lines[2], R"("first":2,"last":2,"result":"done")"));
}

TEST_CASE("what is owed is written where nothing else is") {
  testing::TempFolder folder;
  Trail trail(folder / "audit.log", key, {});
  trail.owe(record(Kind::fact, "byokd.started"));
  CHECK(commit(trail, {}));
  CHECK(lines_of(folder / "audit.log").size() == 1);
  CHECK(commit(trail, {}));
  CHECK(lines_of(folder / "audit.log").size() == 1);
}

TEST_CASE("what anybody can make happen is counted by cause, and written as one line each") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Trail trail(file, key, {});
  for (int i = 0; i < 5; ++i) trail.count("authentication.refused", "10.0.0.1");
  trail.count("authentication.refused", "10.0.0.2");
  trail.count("key.unreadable", "", "acme/openai");
  CHECK(testing::read_file(file).empty());
  CHECK(commit(trail, trail.take_counts()));
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  CHECK(has(lines[0], R"("who":"unknown","from":"10.0.0.1","times":5)"));
  CHECK(has(lines[1], R"("from":"10.0.0.2","times":1)"));
  CHECK(
      has(lines[2], R"("event":"key.unreadable","who":"unknown","about":"acme/openai","times":1)"));
  CHECK(trail.take_counts().empty());
}

TEST_CASE("very many causes take no more room than a thousand") {
  testing::TempFolder folder;
  Trail trail(folder / "audit.log", key, {});
  for (int i = 0; i < 5'000; ++i) trail.count("authentication.refused", std::to_string(i));
  CHECK(commit(trail, trail.take_counts()));
  const auto lines = lines_of(folder / "audit.log");
  CHECK(lines.size() == 1'001);
  std::uint64_t others = 0;
  for (const std::string& line : lines) others += has(line, R"("from":"others","times":4000)");
  CHECK(others == 1);
}

}  // namespace
}  // namespace byok::audit
