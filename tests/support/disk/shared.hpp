// What a test shares with the library that it has byokd preload (shim.cpp): what is to fail and to
// be recorded, and the records.
#pragma once

#include <atomic>
#include <cstdint>

namespace byok::testing::disk {

// Names the folder in which the two files lie.
inline constexpr const char* variable = "BYOK_TEST_DISK";
inline constexpr const char* control_file = "control";
inline constexpr const char* record_file = "records";

enum class How : std::uint32_t {
  refused,  // nothing is done
  half,     // of a write the first half, and so it is told; whatever else is refused
  done,     // all is done, and told as failed; a write that does not sync is refused
};

// Mapped by both. Zeros: nothing fails, nothing is recorded.
struct Control {
  std::atomic<bool> recording;
  // No call begins any more, and how many have and have not ended: a program that is killed within
  // one would leave behind what was not recorded.
  std::atomic<bool> halted;
  std::atomic<std::uint32_t> under_way;
  // Calls that change something below the folder that the program was started in, counted from 1
  // since `calls` was set to 0; those from `first` to `last` fail. 0: none does, and none is
  // counted.
  std::atomic<std::uint32_t> first;
  std::atomic<std::uint32_t> last;
  std::atomic<int> error;
  std::atomic<How> how;
  std::atomic<std::uint32_t> calls;
  std::atomic<std::uint32_t> failed;
  char first_failed[160];  // "fdatasync state/data.mdb"
};

enum class Kind : std::uint32_t {
  made,             // file `file` at the path `text`
  folder,           // folder `file` was opened; its path is `text`
  write,            // `text` at `at`
  write_through,    // the same, begun, by a descriptor that syncs what it writes
  written_through,  // the one of that id is on the disk
  resize,           // to `at`
  sync_begun,
  sync_done,  // the one of that id
  rename,     // `text` is both paths, a line feed between them
  link,       // likewise
  unlink,     // the path `text`
  note,       // the test's own words
};

// Stands before each record's `text`. Each is appended to the file by one call, in the order in
// which the calls took effect.
struct RecordHead {
  Kind kind;
  std::uint32_t text_size;
  std::uint64_t file;  // its inode
  std::uint64_t at;
  std::uint64_t id;
};

}  // namespace byok::testing::disk
