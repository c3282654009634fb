#include "daemon/store/headroom.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "daemon/store/lmdb.hpp"

namespace byok::store {
namespace {

// In pages. A deletion copies the path to each record that it touches, in up to nine trees, and
// cannot yet use the pages that the transaction before it gave up. The disk's part is smaller,
// because it is taken from others.
constexpr std::uint64_t map_reserve = 256;
constexpr std::uint64_t smallest_share_of_map = 8;
constexpr std::uint64_t disk_reserve = 64;
// More than a full batch of the writer's steps writes.
constexpr std::uint64_t roomy_pages = 64 * 1024;

std::uint64_t pages_of(const MDB_stat& stat) {
  return stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
}

// Lengthens the file from `from` to `to` pages, with blocks of their own. False where the disk is
// full; a file system that cannot preallocate has nothing to hold back.
bool allocate(int fd, std::uint64_t page_size, std::uint64_t from, std::uint64_t to) {
  auto offset = static_cast<off_t>(from * page_size);
  auto size = static_cast<off_t>((to - from) * page_size);
  return ::fallocate(fd, 0, offset, size) == 0 || (errno != ENOSPC && errno != EDQUOT);
}

}  // namespace

Headroom::Headroom(MDB_env* env) : env_(env) {
  MDB_stat stat;
  check(mdb_env_stat(env, &stat), "mdb_env_stat");
  page_size_ = stat.ms_psize;
}

void Headroom::prepare() {
  MDB_envinfo info;
  mdb_filehandle_t fd;
  struct stat file;
  check(mdb_env_info(env_, &info), "mdb_env_info");
  check(mdb_env_get_fd(env_, &fd), "mdb_env_get_fd");
  if (::fstat(fd, &file) != 0) check(errno, "fstat");

  std::uint64_t map_pages = info.me_mapsize / page_size_;
  std::uint64_t used_pages = info.me_last_pgno + 1;
  std::uint64_t file_pages = static_cast<std::uint64_t>(file.st_size) / page_size_;
  limit_ = map_pages - std::min(map_reserve, map_pages / smallest_share_of_map);
  if (file_pages < std::min(used_pages + disk_reserve, map_pages)) {
    // More than is needed, where there is more: so not every transaction comes by here.
    bool allocated = false;
    for (std::uint64_t share : {8U, 2U, 1U}) {
      std::uint64_t to = std::min(used_pages + share * disk_reserve, map_pages);
      allocated = allocated || allocate(fd, page_size_, file_pages, to);
    }
    if (!allocated) limit_ = std::min(limit_, file_pages - std::min(disk_reserve, file_pages));
  }
  roomy_ = used_pages + roomy_pages < limit_;
}

bool Headroom::has_room(MDB_txn* txn) const {
  // All trees of the transaction; what is in none of them is free or about to be.
  std::uint64_t live = 2;  // the meta pages
  for (MDB_dbi dbi = 0;; ++dbi) {
    MDB_stat stat;
    if (mdb_stat(txn, dbi, &stat) != MDB_SUCCESS) break;
    live += pages_of(stat);
  }
  return live < limit_;
}

}  // namespace byok::store
