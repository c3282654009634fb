// The power fails while byokd writes: whatever the disk then holds of what was not yet synced, what
// byokd answered is there after, every key opens, and the audit log is whole.
//
// A real byokd runs on a disk that records all it does (harness/disk.hpp); the states in which a
// power loss may leave such a disk (harness/power_loss.hpp) are opened as byokd opens them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/e2e/power_loss_finding.hpp"
#include "tests/e2e/power_loss_storm.hpp"
#include "tests/support/harness/power_loss.hpp"
#include "tests/support/harness/size.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

// Where the power fails: anywhere, and once in four times within what puts a new file in the place
// of the database, or makes the first one.
std::vector<std::size_t> choose_cuts(const std::vector<DiskRecord>& records, int count,
                                     std::mt19937& random) {
  std::vector<std::size_t> special;
  std::size_t copying = 0;  // for how many records more that goes on
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& [head, text] = records[i];
    if (head.kind == disk::Kind::made) {
      if (text.find("data.mdb") != text.npos || text.find("root.key") != text.npos) copying = 60;
    }
    if (head.kind == disk::Kind::rename) copying = 20;
    if (copying > 0) {
      special.push_back(i + 1);
      --copying;
    }
  }
  std::vector<std::size_t> cuts;
  for (int i = 0; i < count; ++i) {
    cuts.push_back(i % 4 == 0 ? special[random() % special.size()] : 1 + random() % records.size());
  }
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

// LMDB writes its lock file through a map, so that anything may stand in it.
void spoil_lock_file(const fs::path& folder, std::mt19937& random) {
  const fs::path lock = folder / "state/data.mdb-lock";
  if (!fs::exists(lock)) return;
  std::string bytes(8192, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  write_file(lock, bytes);
}

struct Score {
  int states = 0;
  int refused = 0;
  int refused_at_first = 0;  // before anything was answered
  int lost = 0;
  int unreadable = 0;
  int gaps = 0;     // logs that would be called tampered with, but for the start
  int accused = 0;  // logs that still are
  std::map<std::string, int> kinds;

  void add(const Finding& finding, const Expected& expected) {
    ++states;
    const bool answered = !expected.now.tenants.empty() || !expected.now.tokens.empty();
    if (!finding.refused.empty()) {
      ++(answered ? refused : refused_at_first);
      const std::size_t end = finding.refused.find(": ");
      ++kinds["refused: " + finding.refused.substr(end == std::string::npos ? 0 : end)];
    }
    lost += !finding.lost.empty();
    unreadable += finding.unreadable > 0;
    gaps += !finding.log_before.empty();
    accused += !finding.log_after.empty();
    for (const std::string& problem : finding.log_after) {
      ++kinds["log: " + problem.substr(problem.find(": "))];
    }
  }
};

// What was recorded is all that was done.
void check_that_all_was_recorded(const Byokd& byokd, const std::vector<DiskRecord>& records) {
  PowerLoss loss(records);
  loss.go_on_to(records.size());
  std::mt19937 random;
  TempFolder folder;
  loss.leave(folder.path(), Landed::everything, random);
  for (const char* part : {"state", "config"}) {
    for (const auto& entry : fs::directory_iterator(byokd.folder() / part)) {
      const std::string name = entry.path().filename().string();
      CAPTURE(name);
      if (name == "byokd.toml" || name == "data.mdb-lock") continue;  // not byokd's, not written to
      REQUIRE(fs::exists(folder.path() / part / name));
      const bool same = read_file(folder.path() / part / name) == read_file(entry.path());
      CHECK(same);
    }
  }
}

}  // namespace

TEST_CASE("what a power loss may leave opens, with all that was answered") {
  if (sanitized) {
    MESSAGE("skipped: nothing can be preloaded before a sanitizer's runtime");
    return;
  }
  const unsigned seed = std::random_device()();
  MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  Recorded site;
  Storm storm{{}, {}, 0, std::mt19937(random())};
  for (int i = 0; i < 3; ++i) {
    storm.tenants.push_back(site.make_tenant("tenant-" + std::to_string(i)));
    storm.held.push_back(no_key);
  }
  const int writes = sized(60, 300);
  storm.rage(site, writes, true);
  restore_a_backup(site, storm, writes / 2);
  storm.rage(site, writes / 2, false);
  REQUIRE(site.world.byokd.stop() == 0);

  const std::string bytes = site.disk.records();
  const std::vector<DiskRecord> records = parse_records(bytes);
  check_that_all_was_recorded(site.world.byokd, records);

  PowerLoss loss(records);
  Expected expected;
  Score score;
  std::size_t noted = 0;
  int examples = 0;
  for (const std::size_t cut : choose_cuts(records, sized(60, 2'000), random)) {
    loss.go_on_to(cut);
    for (; noted < cut; ++noted) {
      if (records[noted].head.kind == disk::Kind::note) expected.take(records[noted].text);
    }
    constexpr Landed all[] = {Landed::pieces,   Landed::pieces,  Landed::pieces,
                              Landed::in_order, Landed::nothing, Landed::everything};
    const auto landed = all[random() % std::size(all)];
    TempFolder folder;
    for (const char* part : {"state", "config"}) fs::create_directory(folder.path() / part);
    loss.leave(folder.path(), landed, random);
    spoil_lock_file(folder.path(), random);
    const Finding finding = start_over(folder.path(), expected);
    score.add(finding, expected);
    const bool good = finding.refused.empty() && finding.lost.empty() && finding.unreadable == 0 &&
                      finding.log_after.empty();
    if (good || ++examples > 5) continue;
    MESSAGE("state " << score.states << ", cut " << cut << ", landed " << static_cast<int>(landed)
                     << ": " << finding.refused << "; "
                     << (finding.lost.empty() ? "" : finding.lost.front()) << "; "
                     << finding.unreadable << " unreadable; "
                     << (finding.log_after.empty() ? "" : finding.log_after.front()));
  }
  for (const auto& [kind, times] : score.kinds) MESSAGE(kind << " (" << times << ")");
  MESSAGE(records.size() << " records, " << site.answered.load() << " writes answered; "
                         << score.states << " states: " << score.lost << " with a lost write, "
                         << score.unreadable << " unreadable, " << score.refused
                         << " refused at start and " << score.refused_at_first
                         << " before the first answer, " << score.gaps
                         << " with gaps in the audit log's end, " << score.accused
                         << " where they are called tampering after the start");
  CHECK(score.lost == 0);
  CHECK(score.unreadable == 0);
  CHECK(score.refused == 0);
  CHECK(score.refused_at_first == 0);
  CHECK(score.accused == 0);
}
