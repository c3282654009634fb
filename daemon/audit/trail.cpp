#include "daemon/audit/trail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/audit/found.hpp"

namespace byok::audit {
namespace {

constexpr std::size_t most_causes = 1000;  // of one event

Record fact(std::string_view event, daemon::Fields fields) {
  return {Record::Kind::fact, event, byokd(), fields};
}

Error foreign(const std::filesystem::path& path) {
  return {
      Errc::audit_unavailable,
      fmt::format("{} is no audit log of this database, and nothing is changed without one: move "
                  "it away, or set 'audit.file' to another",
                  path.string())};
}

}  // namespace

Trail::Trail(std::filesystem::path file, std::string_view key, const Head& known,
             std::uint64_t largest)
    : path_(std::move(file)),
      largest_(largest),
      chain_(make_locked<Chain>(key)),
      head_(known),
      published_head_(known) {
  std::lock_guard lock(mutex_);
  (void)make_ready();  // what fails is told by trouble(), and tried again
}

Result<void> Trail::fail(const Error& error) {
  std::lock_guard lock(published_mutex_);
  trouble_ = error;
  return error;
}

Result<void> Trail::open() {
  auto opened = File::open(path_);
  if (!opened) return opened.error();
  file_ = std::move(*opened);
  auto resumed = resume();
  if (!resumed) file_.reset();
  return resumed;
}

// Finds the line to go on behind. The file that was put aside last may hold it, where the process
// ended before the new one had a line.
Result<void> Trail::resume() {
  Found found;
  found.head = head_;
  found.known = head_.seq == 0;
  std::vector<std::filesystem::path> parts = parts_of(path_);
  if (!parts.empty() && parts.back() == path_) parts.pop_back();
  const auto take = [&](std::string_view line, bool whole) {
    found.take(*chain_, head_, line, whole);
    return true;
  };
  if (!parts.empty() && head_.seq > 0) (void)each_line(parts.back(), take);
  if (file_->size() > 0) {
    const auto torn = each_line(path_, [&](std::string_view line, bool whole) {
      return found.look_at(line, whole) && take(line, whole);
    });
    const bool another = head_.seq == 0 && found.unproved && found.head.seq == 0;
    if (!torn || !found.is_log || another) return foreign(path_);
    found.torn = found.gap ? file_->size() - found.read : *torn;
  }
  if (found.torn > 0) {
    if (auto cut = file_->cut(file_->size() - found.torn); !cut) return cut;
  }
  const Head known = head_;
  if (found.known) head_ = found.head;
  file_->keep_reserve();
  first_seq_ = file_->size() > 0 ? found.first : head_.seq + 1;
  synced_head_ = head_;
  synced_size_ = file_->size();
  const bool anew = file_->size() == 0;
  if (anew && head_.seq > 0) {
    (void)write_one(continuation(head_, {}), {}, File::Space::with_reserve);
  }
  if (found.torn > 0) {
    (void)write_one(fact("audit.mended", {{"bytesCut", found.torn}}), {}, File::Space::ordinary);
  }
  if (!found.known && !anew) {
    (void)write_one(fact("audit.lines_missing", {{"expected", known.seq}}), {},
                    File::Space::ordinary);
  } else if (found.unproved) {
    (void)write_one(fact("audit.lines_foreign", {{"behind", found.head.seq}}), {},
                    File::Space::ordinary);
  }
  return {};
}

// A file to write to, and room in it.
Result<void> Trail::make_ready() {
  if (file_ && file_->is_gone()) file_.reset();
  if (!file_) {
    if (auto opened = open(); !opened) return fail(opened.error());
  }
  if (file_->size() >= largest_) put_aside();
  return {};
}

// Where that cannot be, the file goes on growing.
void Trail::put_aside() {
  const std::filesystem::path aside = aside_name(path_, first_seq_);
  std::error_code failure;
  // A name that is taken stays whose it is; and what was moved away is not ours to name.
  if (std::filesystem::exists(aside, failure) || !file_->is_in_place() || !file_->sync()) return;
  std::filesystem::rename(path_, aside, failure);
  if (failure) return;
  auto opened = File::open(path_);
  if (opened) opened->keep_reserve();
  if (!opened || !opened->has_reserve()) {
    std::filesystem::rename(aside, path_, failure);
    return;
  }
  file_->release_reserve();
  file_ = std::move(*opened);
  first_seq_ = head_.seq + 1;
  synced_head_ = head_;
  synced_size_ = 0;
  (void)write_one(continuation(head_, aside.filename().native()), {}, File::Space::ordinary);
}

// All of it, or nothing: then the chain stays where it is.
Result<void> Trail::write(const std::string& lines, const Head& head, File::Space space,
                          bool durable) {
  Result<void> done = file_->append(lines, space);
  if (done) head_ = head;
  if (done && durable) {
    done = file_->sync();
    if (done) {
      synced_head_ = head_;
      synced_size_ = file_->size();
    } else {
      // What was written since the last sync may be lost, too.
      (void)file_->cut(synced_size_);
      head_ = synced_head_;
    }
  }
  std::lock_guard lock(published_mutex_);
  published_head_ = head_;
  if (!done) {
    trouble_ = done.error();
  } else if (space == File::Space::ordinary) {
    trouble_.reset();
  }
  return done;
}

Result<void> Trail::write_one(const Record& record, std::string_view result, File::Space space) {
  Head head = head_;
  std::string line;
  chain_->append(line, head, record, result);
  return write(line, head, space, false);
}

void Trail::begin() { intended_.clear(); }

void Trail::intend(Record record) { intended_.push_back(std::move(record)); }

Result<std::optional<Head>> Trail::write_intentions() {
  begun_.reset();
  std::lock_guard lock(mutex_);
  if (intended_.empty() && owed_.empty()) return std::optional<Head>();
  auto written = write_owed_and_intended();
  // Nobody's change waits for what is owed alone.
  if (!written && intended_.empty()) return std::optional<Head>();
  return written;
}

Result<std::optional<Head>> Trail::write_owed_and_intended() {
  if (auto ready = make_ready(); !ready) return ready.error();
  Head head = head_;
  std::string lines;
  for (const Owed& owed : owed_) chain_->append(lines, head, owed.record, owed.result);
  const std::uint64_t first = head.seq + 1;
  // What is owed has no claim to the reserve: byokd might start again and again.
  bool only_deletions = !intended_.empty();
  for (const Record& record : intended_) {
    only_deletions = only_deletions && record.kind() == Record::Kind::deletion;
    chain_->append(lines, head, record, record.kind() == Record::Kind::fact ? "" : "begun");
  }
  auto done =
      write(lines, head, only_deletions ? File::Space::with_reserve : File::Space::ordinary, true);
  if (!done) return done.error();
  owed_.clear();
  if (!intended_.empty()) begun_.emplace(first, head.seq);
  return std::optional<Head>(head);
}

// Whatever is lost here, the next start tells from the database; but for a failure, which a later
// success would hide.
void Trail::conclude(bool committed) noexcept {
  try {
    const bool changes = std::any_of(intended_.begin(), intended_.end(), [](const Record& record) {
      return record.kind() != Record::Kind::fact;
    });
    intended_.clear();
    if (!begun_ || !changes) return;
    const auto [first, last] = *std::exchange(begun_, std::nullopt);
    std::lock_guard lock(mutex_);
    const Record outcome = fact("outcome", {{"first", first}, {"last", last}});
    const bool told = make_ready() &&
                      write_one(outcome, committed ? "done" : "failed", File::Space::with_reserve);
    if (!told && !committed) owed_.push_back({outcome, "failed"});
  } catch (...) {
  }
}

void Trail::owe(Record fact) {
  std::lock_guard lock(mutex_);
  owed_.push_back({std::move(fact), {}});
}

void Trail::count(std::string_view event, std::string_view from, std::string_view about) {
  std::lock_guard lock(counts_mutex_);
  auto& causes = counts_[std::string(event)];
  Cause cause{std::string(from), std::string(about)};
  if (causes.size() >= most_causes && !causes.contains(cause)) cause = {"others", {}};
  ++causes[std::move(cause)];
}

std::vector<Record> Trail::take_counts() {
  decltype(counts_) counts;
  {
    std::lock_guard lock(counts_mutex_);
    counts.swap(counts_);
  }
  std::vector<Record> records;
  for (const auto& [event, causes] : counts) {
    for (const auto& [cause, times] : causes) {
      const Actor nobody{"unknown", cause.from, {}};
      records.push_back(cause.about.empty()
                            ? Record(Record::Kind::fact, event, nobody, {{"times", times}})
                            : Record(Record::Kind::fact, event, nobody,
                                     {{"about", cause.about}, {"times", times}}));
    }
  }
  return records;
}

void Trail::reopen() {
  std::lock_guard lock(mutex_);
  if (file_ && file_->is_in_place()) return;
  if (file_) {
    (void)file_->sync();
    file_->release_reserve();
    file_.reset();
  }
  (void)make_ready();
}

std::optional<Error> Trail::trouble() const {
  std::lock_guard lock(published_mutex_);
  return trouble_;
}

Head Trail::head() const {
  std::lock_guard lock(published_mutex_);
  return published_head_;
}

}  // namespace byok::audit
