// Each call by which a change reaches the disk fails in turn: byokd answers with an error or ends
// with a reason, and after the next start what it answered is there, and nothing is there in half.
#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "tests/e2e/failing_disk_changes.hpp"
#include "tests/support/harness/disk.hpp"
#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Variant {
  std::string_view name;
  DiskFailure failure;
  bool usual;
};

const Variant variants[] = {
    {"EIO once", {1, false, EIO, disk::How::refused}, true},
    {"EIO from then on", {1, true, EIO, disk::How::refused}, false},
    {"ENOSPC once", {1, false, ENOSPC, disk::How::refused}, false},
    {"ENOSPC from then on", {1, true, ENOSPC, disk::How::refused}, false},
    {"EIO once though it was done", {1, false, EIO, disk::How::done}, false},
    {"ENOSPC once, half of a write", {1, false, ENOSPC, disk::How::half}, false},
};

enum class Verdict { made, refused, unknown };

// What the answer said of that tenant's change.
Verdict verdict_of(const std::optional<Response>& answer, const std::string& tenant) {
  if (!answer) return Verdict::unknown;
  if (answer->status >= 400) return Verdict::refused;
  const std::string type = answer->header("Content-Type");
  if (type.find("ndjson") == type.npos) return Verdict::made;
  // One line a tenant, or of all of them how many there were.
  std::istringstream lines(answer->body);
  for (std::string text; std::getline(lines, text);) {
    const Response line{.body = text};
    if (line.text("done") == "true" && line.text("failed") == "0") return Verdict::made;
    if (line.text("tenant") != tenant) continue;
    return line.text("ok") == "true" ? Verdict::made : Verdict::refused;
  }
  return Verdict::unknown;
}

struct Score {
  int failures = 0;
  int lost = 0;
  int half = 0;
  int unreadable = 0;
  int mute = 0;    // neither an error that says what, nor an end with a reason
  int unread = 0;  // byokd went on, and could not read
  int stuck = 0;   // byokd went on, and could not write again on a whole disk
  std::map<std::string, std::map<std::string, int>> reactions;  // by the call
};

const Picture* find(const Pictures& pictures, const std::string& tenant) {
  const auto found = pictures.find(tenant);
  return found == pictures.end() ? nullptr : &found->second;
}

void compare(const Attempt& attempt, const std::optional<Response>& answer, const Pictures& before,
             const Pictures& after, Score& score) {
  std::set<std::string> tenants;
  for (const Pictures* pictures : {&before, &after}) {
    for (const auto& [tenant, picture] : *pictures) tenants.insert(tenant);
  }
  for (const auto& [tenant, is_made] : attempt.changes) tenants.insert(tenant);
  for (const std::string& tenant : tenants) {
    CAPTURE(tenant);
    const Picture* then = find(before, tenant);
    const Picture* now = find(after, tenant);
    const auto change = attempt.changes.find(tenant);
    const bool is_old = then == nullptr ? now == nullptr : now != nullptr && *then == *now;
    const bool is_new = change != attempt.changes.end() && change->second(then, now);
    const Verdict verdict =
        change == attempt.changes.end() ? Verdict::refused : verdict_of(answer, tenant);
    const bool whole = is_old || is_new;
    const bool as_told = verdict == Verdict::unknown || (verdict == Verdict::made) == is_new;
    CHECK(whole);
    CHECK(as_told);
    score.half += !whole;
    score.lost += whole && !as_told;
  }
}

// The code of an error that says what to do, or whose reason is in byokd's log.
std::string reaction_to(const World& world, const Response& answer, std::size_t log_before,
                        Score& score) {
  if (answer.status < 400) {
    const std::size_t error = answer.body.find(R"("error":")");
    if (error == std::string::npos) return "done";
    const std::size_t begin = error + 9;
    return "lines of " + answer.body.substr(begin, answer.body.find('"', begin) - begin);
  }
  const std::string code = answer.text("error");
  const bool named = code == "STORE_FULL" || code == "AUDIT_UNAVAILABLE";
  const bool logged =
      code == "INTERNAL" && eventually([&] {
        return world.byokd.log().find("request.failed", log_before) != std::string::npos;
      });
  CHECK((named || logged));
  score.mute += !named && !logged;
  return std::to_string(answer.status) + " " + code;
}

std::string last_line(std::string text) {
  text.erase(text.find_last_not_of('\n') + 1);
  return text.substr(text.rfind('\n') + 1);
}

// A byokd on a disk that can fail, and a tenant who tells how it fares.
struct Site {
  Disk disk;
  World world{{}, disk.environment()};
  Tenant probe = world.make_tenant("probe");
  std::string probe_digest;

  Site() {
    const std::string key = make_key("sk-");
    world.put_key(probe, "openai", key);
    probe_digest = sha256_hex(key);
    world.make_tenant("acme");
  }
};

// False once the operation passes without being hit.
bool fail_once(Site& site, const Operation& operation, DiskFailure failure, Score& score) {
  World& world = site.world;
  const Attempt attempt = operation.prepare(world);
  const Pictures before = take_pictures(world);
  const std::size_t log_before = world.byokd.log().size();
  std::optional<Response> answer;
  site.disk.fail(failure);
  try {
    answer = call(world.byokd.socket(), attempt.request);
  } catch (const ConnectionLost&) {
  }
  if (site.disk.failed() == 0) {
    site.disk.mend();
    CHECK(answer.has_value());
    for (const auto& [tenant, is_made] : attempt.changes) {
      CHECK(verdict_of(answer, tenant) == Verdict::made);
    }
    return false;
  }
  ++score.failures;
  const std::string failed = site.disk.first_failed();
  CAPTURE(failed);
  std::string reaction;
  if (!answer) {
    const auto code = world.byokd.ended(patience);
    REQUIRE(code.has_value());
    CHECK(*code == 1);
    reaction = "ends with " + std::to_string(*code) + ": " + last_line(world.byokd.log());
    const std::string last_words = world.byokd.log().substr(log_before);
    const bool told = last_words.find(std::strerror(EIO)) != std::string::npos ||
                      last_words.find(std::strerror(ENOSPC)) != std::string::npos;
    CHECK(told);
    score.mute += !told;
    site.disk.mend();
  } else {
    reaction = reaction_to(world, *answer, log_before, score);
    const Response read =
        world.ask(site.probe.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"));
    site.disk.mend();
    const Response written = world.ask(site.probe.token, "POST", openai + "/rotate");
    const bool reads = read.header("x-fake-key-sha256") == site.probe_digest;
    CAPTURE(read.body);
    CAPTURE(written.body);
    CHECK(reads);
    CHECK(written.status == 200);
    score.unread += !reads;
    score.stuck += written.status != 200;
    reaction += reads ? ", reads on" : ", does not read";
    reaction += written.status == 200 ? ", writes again" : ", does not write again";
  }
  ++score.reactions[failed][reaction];

  world.byokd.kill();
  world.byokd.start();
  // The probe was changed meanwhile.
  Pictures seen = before;
  Pictures after = take_pictures(world);
  CHECK(after["probe"].key_digest == site.probe_digest);
  seen.erase("probe");
  after.erase("probe");
  compare(attempt, answer, seen, after, score);
  const Response diagnosis = world.admin("GET", "/admin/doctor");
  CAPTURE(diagnosis.body);
  CHECK(diagnosis.text("problemCount") == "0");
  score.unreadable += std::atoi(diagnosis.text("problemCount").c_str());
  const Response log = world.admin("GET", "/admin/audit/verify");
  CAPTURE(log.body);
  CHECK(log.text("ok") == "true");
  return true;
}

}  // namespace

TEST_CASE("a change of which any call fails is made or not, as it was answered") {
  if (sanitized) {
    MESSAGE("skipped: nothing can be preloaded before a sanitizer's runtime");
    return;
  }
  Score score;
  for (const Operation& operation : operations) {
    CAPTURE(operation.name);
    if (!operation.usual && !full_size()) continue;
    Site site;
    for (const Variant& variant : variants) {
      if (!variant.usual && !full_size()) continue;
      CAPTURE(variant.name);
      DiskFailure failure = variant.failure;
      // Pages lie together in one write or in two, so that it does not always take as many calls.
      for (int missed = 0; missed < 6;) {
        const bool hit = fail_once(site, operation, failure, score);
        missed = hit ? 0 : missed + 1;
        if (hit || missed == 3) ++failure.call;
      }
    }
  }
  // The last write of a commit, by which LMDB tells whether it was made.
  CHECK(score.reactions.contains("synced write state/data.mdb"));
  for (const auto& [failed, reactions] : score.reactions) {
    for (const auto& [reaction, times] : reactions) {
      MESSAGE(failed << ": " << reaction << " (" << times << ")");
    }
  }
  MESSAGE(score.failures << " failures: " << score.lost << " not as answered, " << score.half
                         << " in half, " << score.unreadable << " unreadable, " << score.mute
                         << " without a reason, " << score.unread
                         << " after which nothing is read, " << score.stuck
                         << " after which nothing is written");
}
