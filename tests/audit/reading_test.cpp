#include "daemon/audit/reading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "tests/audit/support.hpp"

namespace byok::audit {
namespace {

using tests::commit;
using tests::key;
using tests::lines_of;
using tests::record;
using tests::verify;

// A log of 10 lines: five changes and their outcomes.
struct Log {
  testing::TempFolder folder;
  std::filesystem::path file = folder / "audit.log";
  Head head;

  Log() {
    Trail trail(file, key, {});
    for (int i = 0; i < 5; ++i) commit(trail, {record(Record::Kind::change, "key.set")});
    head = trail.head();
  }

  void write(const std::vector<std::string>& lines) const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    testing::write_file(file, text);
  }
};

TEST_CASE("a log that byokd wrote is whole") {
  Log log;
  const Verdict verdict = verify(log.file, log.head);
  CHECK(verdict.problems.empty());
  CHECK(verdict.files == 1);
  CHECK(verdict.lines == 10);
  CHECK(verdict.first == 1);
  CHECK(verdict.head == log.head);
}

TEST_CASE("the first line that has to be there is there, or comes next") {
  Log log;
  CHECK(verify(log.file, log.head, 10).problems.empty());
  CHECK(verify(log.file, log.head, 11).problems.empty());
  CHECK(verify(log.file, log.head, no_line).problems.empty());
  const Verdict beyond = verify(log.file, log.head, 12);
  REQUIRE(beyond.problems.size() == 1);
  CHECK(beyond.problems[0].text == "line 12 is not here: the log ends with line 10");
}

TEST_CASE("whatever was done to a log is found where it was done") {
  using Lines = std::vector<std::string>;
  struct Case {
    std::string_view name;
    std::function<void(Lines&)> damage;
    std::uint64_t line;  // where the first problem is told; 0: of the file
  };
  const Case cases[] = {
      {"a changed line", [](Lines& lines) { lines[2].replace(lines[2].find("uid 0"), 5, "uid 7"); },
       3},
      {"a removed beginning", [](Lines& lines) { lines.erase(lines.begin(), lines.begin() + 3); },
       1},
      {"a removed line", [](Lines& lines) { lines.erase(lines.begin() + 3); }, 4},
      {"a repeated line", [](Lines& lines) { lines.insert(lines.begin() + 3, lines[3]); }, 5},
      {"two lines in the other order", [](Lines& lines) { std::swap(lines[3], lines[4]); }, 4},
      {"a line that is none", [](Lines& lines) { lines[3] = "hello"; }, 4},
      {"a removed end", [](Lines& lines) { lines.resize(8); }, 0},
      {"nothing left", [](Lines& lines) { lines.clear(); }, 0},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    Log log;
    Lines lines = lines_of(log.file);
    each.damage(lines);
    log.write(lines);
    const Verdict verdict = verify(log.file, log.head);
    REQUIRE_FALSE(verdict.problems.empty());
    CHECK(verdict.problems.front().line == each.line);
    CHECK(verdict.problems.front().file == log.file);
  }
}

TEST_CASE("every flipped bit is found") {
  Log log;
  const std::string text = testing::read_file(log.file);
  std::size_t found = 0;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    testing::write_file(log.file, changed);
    found += verify(log.file, log.head).problems.empty() ? 0 : 1;
  }
  CHECK(found == text.size() * 8);
}

TEST_CASE("a log that is gone is told, and one that was never written is not") {
  testing::TempFolder folder;
  CHECK(verify(folder / "audit.log").problems.empty());
  Head known;
  known.seq = 3;
  const Verdict verdict = verify(folder / "audit.log", known);
  REQUIRE(verdict.problems.size() == 1);
  CHECK(verdict.problems.front().text == "lines 1 to 3 are missing at the end");
}

TEST_CASE("lines that byokd wrote, but not these, are told") {
  Log log;
  const std::filesystem::path other = log.folder / "other.log";
  std::filesystem::copy_file(log.file, other);
  Head known;
  {
    Trail trail(log.file, key, log.head);
    commit(trail, {record(Record::Kind::change, "key.set")});
    known = trail.head();
  }
  Trail trail(other, key, log.head);
  commit(trail, {record(Record::Kind::change, "key.deleted")});
  const Verdict verdict = verify(other, known);
  REQUIRE(verdict.problems.size() == 1);
  CHECK(verdict.problems.front().line == 12);
  CHECK(verdict.problems.front().text == "it is not the line 12 that byokd wrote");
}

// A log of three files, of several lines each.
struct Parts {
  testing::TempFolder folder;
  std::filesystem::path file = folder / "audit.log";
  std::vector<std::filesystem::path> parts;
  Head head;

  Parts() {
    Trail trail(file, key, {}, 1'500);
    while (parts_of(file).size() < 3) commit(trail, {record(Record::Kind::change, "key.set")});
    commit(trail, {record(Record::Kind::change, "key.set")});
    head = trail.head();
    parts = parts_of(file);
  }
};

TEST_CASE("whatever was done to one of several files is found where it was done") {
  struct Case {
    std::string_view name;
    std::function<void(const std::vector<std::filesystem::path>&)> damage;
    std::size_t part;    // where the first problem is told
    std::uint64_t line;  // 0: of the file
    std::size_t problems;
  };
  using Paths = std::vector<std::filesystem::path>;
  const auto with_lines = [](std::size_t part, auto change) {
    return [part, change](const Paths& parts) {
      auto lines = lines_of(parts[part]);
      change(lines);
      std::string text;
      for (const std::string& line : lines) text += line + "\n";
      testing::write_file(parts[part], text);
    };
  };
  using Lines = std::vector<std::string>;
  const Case cases[] = {
      {"nothing", [](const Paths&) {}, 0, 0, 0},
      {"a changed line in the first",
       with_lines(0,
                  [](Lines& lines) {
                    std::string& line = lines[1];
                    line.replace(line.find("outcome"), 7, "0utcome");
                  }),
       0, 2, 1},
      {"a removed line in the second",
       with_lines(1, [](Lines& lines) { lines.erase(lines.begin() + 2); }), 1, 3, 1},
      {"the first's end cut off", with_lines(0, [](Lines& lines) { lines.pop_back(); }), 1, 1, 1},
      {"the second's beginning cut off",
       with_lines(1, [](Lines& lines) { lines.erase(lines.begin()); }), 1, 1, 1},
      {"the first's end torn",
       [](const Paths& parts) {
         std::string text = testing::read_file(parts[0]);
         text.resize(text.size() - 20);
         testing::write_file(parts[0], text);
       },
       0, 0, 2},
      {"the first gone", [](const Paths& parts) { std::filesystem::remove(parts[0]); }, 1, 1, 1},
      {"the second gone", [](const Paths& parts) { std::filesystem::remove(parts[1]); }, 2, 1, 1},
      {"the last gone", [](const Paths& parts) { std::filesystem::remove(parts[2]); }, 1, 0, 1},
      {"the first two in each other's place",
       [](const Paths& parts) {
         std::filesystem::rename(parts[0], parts[0].native() + "-");
         std::filesystem::rename(parts[1], parts[0]);
         std::filesystem::rename(parts[0].native() + "-", parts[1]);
       },
       0, 1, 3},
      {"an older copy of the last", with_lines(2, [](Lines& lines) { lines.resize(1); }), 2, 0, 1},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    Parts log;
    REQUIRE(log.parts.size() == 3);
    REQUIRE(lines_of(log.parts[0]).size() > 4);
    each.damage(log.parts);
    const Verdict verdict = verify(log.file, log.head);
    CHECK(verdict.problems.size() == each.problems);
    if (each.problems == 0 || verdict.problems.empty()) continue;
    const Problem& first = verdict.problems.front();
    CAPTURE(first.text);
    CHECK(first.file == log.parts[each.part]);
    if (each.line > 0) CHECK(first.line == each.line);
  }
}

TEST_CASE("the last lines come in their order, from two files where one has too few") {
  Log log;
  const std::vector<std::string> all = lines_of(log.file);
  std::filesystem::rename(log.file, aside_name(log.file, 1));
  {
    Trail trail(log.file, key, log.head);
    commit(trail, {record(Record::Kind::change, "key.deleted")});
  }
  const std::vector<std::string> last = tail(take_snapshot(log.file), 5);
  REQUIRE(last.size() == 5);
  CHECK(last[0] == all[8]);
  CHECK(last[1] == all[9]);
  CHECK(last[2].find("audit.continued") != std::string::npos);
  CHECK(last[4].find("outcome") != std::string::npos);
  CHECK(verify(log.file).problems.empty());
  CHECK(verify(log.file).files == 2);
}

}  // namespace
}  // namespace byok::audit
