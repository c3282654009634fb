// What the disk may hold after the power failed, of files whose changes were recorded (disk.hpp).
//
// Sure to be there is what a finished sync covers: of a file, what was written before the sync
// began, or was written through a descriptor that syncs by itself; of names, what was renamed,
// made or removed in a folder before its sync began, and all such changes before. Of the rest a
// disk may have written any: here each 512 bytes of each file by themselves, in one of the states
// that they went through, a file's size likewise, and names up to any one in their order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/disk/shared.hpp"

namespace byok::testing {

struct DiskRecord {
  disk::RecordHead head;
  std::string_view text;
};

// The records in those bytes, which they point into; one that was cut short is left out.
std::vector<DiskRecord> parse_records(std::string_view bytes);

// Which of what is not sure to be there is there.
enum class Landed {
  nothing,
  everything,
  in_order,  // up to some change, which itself is there in part
  pieces,    // any
};

class PowerLoss {
 public:
  // The records outlive this.
  explicit PowerLoss(const std::vector<DiskRecord>& records) : records_(records) {}

  // The power fails behind the first `count` records; not less than the last time.
  void go_on_to(std::size_t count);
  // Makes in `folder`, which is empty, one of the states that the disk may be in then.
  void leave(const std::filesystem::path& folder, Landed landed, std::mt19937& random) const;

 private:
  // Part of 512 bytes, as one change leaves them.
  struct Piece {
    std::size_t change;  // its record's number
    std::uint32_t from;
    std::string_view bytes;
  };
  struct File {
    // What is sure to be there; of the size, apart from the bytes.
    std::string kept;
    std::uint64_t kept_size = 0;
    // What is not: by the number of the 512 bytes, and the sizes by their changes.
    std::map<std::uint64_t, std::vector<Piece>> pending;
    std::vector<std::pair<std::size_t, std::uint64_t>> sizes;
    std::uint64_t size = 0;  // as the program sees it
  };
  struct NameChange {
    std::size_t change;
    disk::Kind kind;
    std::string from;
    std::string to;
    std::size_t file;
  };
  using Names = std::map<std::string, std::size_t>;  // the files' places in files_
  struct Begun {
    std::uint64_t inode;
    std::size_t change;
  };

  void take(std::size_t number, const DiskRecord& record);
  void write(std::size_t number, File& file, std::uint64_t at, std::string_view bytes);
  void resize(std::size_t number, File& file, std::uint64_t size);
  void keep(File& file, std::size_t last_change);
  void keep_sector(File& file, std::uint64_t sector, std::size_t last_change);
  void keep_sizes(File& file, std::size_t last_change);
  void keep_names(const std::string& folder, std::size_t last_change);
  File& file_of(std::uint64_t inode);
  std::string content(const File& file, Landed landed, std::size_t limit,
                      std::mt19937& random) const;
  static void apply(Names& names, const NameChange& change);

  const std::vector<DiskRecord>& records_;
  std::size_t count_ = 0;
  std::vector<File> files_;
  std::map<std::uint64_t, std::size_t> by_inode_;
  std::map<std::uint64_t, std::string> folders_;  // by inode
  std::map<std::uint64_t, Begun> begun_;          // syncs, by their ids
  std::map<std::uint64_t, std::size_t> through_;  // likewise, writes that sync
  Names names_;                                   // sure to be there
  std::vector<NameChange> pending_names_;
};

}  // namespace byok::testing
