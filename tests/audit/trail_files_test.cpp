// The files that the audit log grows through: what they may be, and what becomes of them.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/audit/support.hpp"
#include "tests/support/small_disk.hpp"

namespace byok::audit {
namespace {

using tests::commit;
using tests::has;
using tests::key;
using tests::lines_of;
using tests::record;
using tests::verify;
using Kind = Record::Kind;

TEST_CASE("a file that cannot be had is tried again") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "logs/audit.log";
  Trail trail(file, key, {});
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));
  CHECK(trail.trouble().has_value());
  std::filesystem::create_directory(file.parent_path());
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  CHECK_FALSE(trail.trouble().has_value());
  CHECK(verify(file, trail.head()).problems.empty());
}

TEST_CASE("a pipe is no audit log") {
  testing::TempFolder folder;
  REQUIRE(::mkfifo((folder / "audit.log").c_str(), 0600) == 0);
  Trail trail(folder / "audit.log", key, {});
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));
}

TEST_CASE("a symbolic link is no audit log") {
  testing::TempFolder folder;
  testing::write_file(folder / "other", "");
  std::filesystem::create_symlink(folder / "other", folder / "audit.log");
  Trail trail(folder / "audit.log", key, {});
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));
}

TEST_CASE("the chain goes on in a new file where the old one was moved away") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Trail trail(file, key, {});
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  std::filesystem::rename(file, aside_name(file, 1));
  trail.reopen();
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  CHECK(lines_of(aside_name(file, 1)).size() == 2);
  CHECK(has(lines_of(file)[0], R"("event":"audit.continued")"));
  CHECK(verify(file, trail.head()).problems.empty());
  trail.reopen();
  CHECK(lines_of(file).size() == 3);
}

TEST_CASE("a log that is deleted begins anew, behind what it had") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Trail trail(file, key, {});
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  std::filesystem::remove(file);
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  CHECK(has(lines[0], R"({"seq":3,)"));
  CHECK(has(lines[0],
            R"("event":"audit.continued","who":"byokd","file":"-","behind":2,"behindMac":)"));
  const Verdict verdict = verify(file, trail.head());
  REQUIRE(verdict.problems.size() == 1);
  CHECK(verdict.problems.front().text == "lines 1 to 2 are not here");
  CHECK(verify(file, trail.head(), 3).problems.empty());
}

TEST_CASE("a file that has grown large is put aside, and the chain goes on in a new one") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Head known;
  for (int start = 0; start < 3; ++start) {
    Trail trail(file, key, known, 1'000);
    for (int i = 0; i < 5; ++i) {
      trail.begin();
      trail.intend(record(Kind::change, "key.set"));
      Result<std::optional<Head>> head = trail.write_intentions();
      REQUIRE(head.has_value());
      known = **head;  // as the database has it: the outcome stands behind
      trail.conclude(true);
    }
  }
  CHECK(parts_of(file).size() > 4);
  const Verdict verdict = verify(file, known);
  CHECK(verdict.problems.empty());
  CHECK(verdict.files == parts_of(file).size());
  CHECK(std::filesystem::exists(aside_name(file, 1)));
}

TEST_CASE("where the new file has no line yet the chain goes on behind the one put aside") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Head intent;
  {
    Trail trail(file, key, {});
    trail.begin();
    trail.intend(record(Kind::change, "key.set"));
    intent = **trail.write_intentions();
    trail.conclude(true);
  }
  std::filesystem::rename(file, aside_name(file, 1));
  Trail trail(file, key, intent);
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  CHECK(has(lines_of(file)[0], R"({"seq":3,)"));
  CHECK(verify(file, trail.head()).problems.empty());
}

TEST_CASE("a file that is no audit log of this database is left as it is") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "other";
  const std::string root_key(32, 'r');
  testing::write_file(file, root_key);
  Trail trail(file, key, {});
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));
  CHECK(testing::read_file(file) == root_key);

  const std::filesystem::path foreign = folder / "foreign.log";
  {
    Trail other(foreign, std::string(32, 'o'), {});
    CHECK(commit(other, {record(Kind::change, "key.set")}));
  }
  const std::string text = testing::read_file(foreign);
  Trail own(foreign, key, {});
  CHECK_FALSE(commit(own, {record(Kind::change, "key.set")}));
  CHECK(testing::read_file(foreign) == text);
}

TEST_CASE("lines that somebody put behind the last are told, and not gone on behind") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Head known;
  {
    Trail trail(file, key, {});
    CHECK(commit(trail, {record(Kind::change, "key.set")}));
    known = trail.head();
  }
  std::string forged;
  Head head = known;
  head.seq = 1'000;
  Chain(std::string(32, 'o')).append(forged, head, record(Kind::change, "key.set"), "begun");
  testing::write_file(file, testing::read_file(file) + forged);
  Trail trail(file, key, known);
  CHECK(has(lines_of(file).back(), R"({"seq":3,)"));
  CHECK(has(lines_of(file).back(), R"("event":"audit.lines_foreign")"));
  CHECK_FALSE(verify(file, trail.head()).problems.empty());
}

TEST_CASE("two processes do not write one log") {
  testing::TempFolder folder;
  Trail one(folder / "audit.log", key, {});
  Trail other(folder / "audit.log", key, {});
  CHECK(commit(one, {record(Kind::change, "key.set")}));
  CHECK_FALSE(commit(other, {record(Kind::change, "key.set")}));
  REQUIRE(other.trouble().has_value());
  CHECK(has(other.trouble()->message(), "another process writes it"));
}

TEST_CASE("deletions have their reserve from the start, before there was any change") {
  testing::SmallDisk disk("4m");
  if (!disk.mounted()) return;
  const std::filesystem::path file = disk / "audit.log";
  Head known;
  {
    Trail trail(disk / "earlier.log", key, {});
    CHECK(commit(trail, {record(Kind::change, "key.set")}));
    known = trail.head();
  }
  // As a copy that was put back has it: without the blocks behind its end.
  testing::write_file(file, testing::read_file(disk / "earlier.log"));
  std::filesystem::remove(disk / "earlier.log");
  Trail trail(file, key, known);
  disk.fill();
  CHECK(commit(trail, std::vector<Record>(1'000, record(Kind::deletion, "key.deleted"))));
  while (commit(trail, {record(Kind::change, "key.set")})) {
  }
  CHECK(commit(trail, std::vector<Record>(1'000, record(Kind::deletion, "key.deleted"))));
  CHECK(verify(file, trail.head()).problems.empty());
}

TEST_CASE("a log whose length somebody else has changed is not written to") {
  testing::TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  Trail trail(file, key, {});
  CHECK(commit(trail, {record(Kind::change, "key.set")}));
  testing::write_file(file, "");
  CHECK_FALSE(commit(trail, {record(Kind::change, "key.set")}));
}

}  // namespace
}  // namespace byok::audit
