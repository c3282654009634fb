// How much of the database's file is in use, and the copy that a compaction makes. For this
// folder's sources.
#pragma once

#include <cstdint>
#include <filesystem>

#include "daemon/store/lmdb.hpp"

namespace byok::store {

struct Extent {
  std::uint64_t page_size;
  std::uint64_t pages;       // up to the last in use
  std::uint64_t free_pages;  // among them
};
// As `txn` sees it.
Extent extent_of(MDB_env* env, MDB_txn* txn);

// What a compaction that was cut short left beside the database.
void remove_unfinished_copy(const std::filesystem::path& file);

}  // namespace byok::store
