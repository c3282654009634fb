// The audit log of a running daemon: what is about to be changed is on the disk before it is, and
// what came of it is written after.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/error.hpp"
#include "common/locked_memory.hpp"
#include "daemon/audit/chain.hpp"
#include "daemon/audit/file.hpp"
#include "daemon/audit/reading.hpp"

namespace byok::audit {

// Any thread may call it, but for what is marked. Whoever writes waits for the disk; nobody else
// does.
class Trail {
 public:
  // A file that has grown to this is put aside, and the chain goes on in a new one.
  static constexpr std::uint64_t largest_file = std::uint64_t{64} << 20;

  // Goes on behind what `file` holds. `known` is the last line that the database knows of. A line
  // that was half written is cut off, and told. Where lines are missing, or do not follow, the
  // chain goes on behind the last that can be proved, and that is told, too. Where the file cannot
  // be had, or is no audit log of this database, every change is refused until that is mended.
  Trail(std::filesystem::path file, std::string_view key, const Head& known,
        std::uint64_t largest = largest_file);

  // --- One transaction; the writer's thread only.
  void begin();                // none of those that were intended before counts
  void intend(Record record);  // what this transaction changes, or only tells
  // Writes and syncs what is intended. Its last line, to be stored with the transaction; nothing
  // where nothing is written. Errc::audit_unavailable. Deletions alone may use the file's reserve.
  Result<std::optional<Head>> write_intentions();
  void conclude(bool committed) noexcept;

  // --- What has happened.
  // A fact that what follows is read by: it stands before all that is written from here on, however
  // long it takes until something can be.
  void owe(Record fact);
  // Counts what anybody can make happen, by event and cause: where it came from, and what it was
  // about. Of one event, very many causes are counted as one.
  void count(std::string_view event, std::string_view from, std::string_view about = {});
  // What was counted since it was last asked for, to be intended.
  std::vector<Record> take_counts();

  // Opens the file by its name again: it may have been moved away.
  void reopen();

  // --- As of the last line; these wait for no disk.
  // What changes are refused with now, if they are.
  std::optional<Error> trouble() const;
  Head head() const;
  const std::filesystem::path& path() const { return path_; }
  const Chain& chain() const { return *chain_; }

 private:
  struct Cause {
    std::string from, about;
    friend bool operator<(const Cause& a, const Cause& b) {
      return std::tie(a.from, a.about) < std::tie(b.from, b.about);
    }
  };
  struct Found;

  Result<void> open();
  Result<void> resume();
  Result<void> make_ready();
  void put_aside();
  Result<std::optional<Head>> write_owed_and_intended();
  Result<void> write(const std::string& lines, const Head& head, File::Space space, bool durable);
  Result<void> write_one(const Record& record, std::string_view result, File::Space space);
  Result<void> fail(const Error& error);

  const std::filesystem::path path_;
  const std::uint64_t largest_;
  const LockedPtr<Chain> chain_;

  std::mutex mutex_;          // held while the disk is waited for
  std::optional<File> file_;  // none: it could not be opened
  Head head_;
  Head synced_head_;  // the last line that is on the disk, and the file's size with it
  std::uint64_t synced_size_ = 0;
  std::uint64_t first_seq_ = 0;  // of the file's first line
  struct Owed {
    Record record;
    std::string_view result;  // a literal
  };
  std::vector<Owed> owed_;  // could not be written so far, and what follows is read by it

  mutable std::mutex published_mutex_;
  Head published_head_;
  std::optional<Error> trouble_;

  std::mutex counts_mutex_;
  std::map<std::string, std::map<Cause, std::uint64_t>, std::less<>> counts_;  // by event

  // The writer's.
  std::vector<Record> intended_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> begun_;  // their lines
};

}  // namespace byok::audit
