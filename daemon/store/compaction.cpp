// LMDB never clears a page that it frees: what was destroyed stays readable in the file until the
// page is used anew. A copy of the pages in use alone leaves it behind.
#include "daemon/store/compaction.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "common/file_descriptor.hpp"
#include "daemon/store/data_file.hpp"
#include "daemon/store/environment.hpp"

namespace byok::store {
namespace {

// Left to whoever else writes to that disk, and to the commits that follow.
constexpr std::uint64_t kept_free = 4 << 20;

std::filesystem::path copy_of(const std::filesystem::path& file) {
  return file.native() + ".compacting";
}

// Removes the copy unless it became the database.
class Copy {
 public:
  explicit Copy(const std::filesystem::path& database)
      : database_(database), path_(copy_of(database)) {
    remove_unfinished_copy(database);
    fd_ = FileDescriptor(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd_) check(errno, "making the copy");
  }
  ~Copy() {
    if (!moved_) ::unlink(path_.c_str());
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  void fill(MDB_env* env) {
    check(mdb_env_copyfd2(env, fd_.get(), MDB_CP_COMPACT), "mdb_env_copyfd2", env);
    if (::fsync(fd_.get()) != 0) check(errno, "fsync of the copy");
  }
  void take_the_place() {
    // LMDB finds the newest of the two meta pages by a number in the lock file, which stays as it
    // was while another process holds that file; the copy's numbers begin anew.
    ::unlink(lock_file_of(database_).c_str());
    if (std::rename(path_.c_str(), database_.c_str()) != 0) check(errno, "renaming the copy");
    moved_ = true;
  }

 private:
  const std::filesystem::path& database_;
  std::filesystem::path path_;
  FileDescriptor fd_;
  bool moved_ = false;
};

Result<void> check_room(MDB_env* env, std::uint64_t needed) {
  mdb_filehandle_t fd;
  struct statvfs disk;
  check(mdb_env_get_fd(env, &fd), "mdb_env_get_fd");
  if (::fstatvfs(fd, &disk) != 0) check(errno, "fstatvfs");
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= needed + kept_free) return {};
  return Error{Errc::store_full,
               fmt::format("a copy needs {} bytes of free space beside the database, and {} "
                           "are free: free some",
                           needed + kept_free, free)};
}

Extent extent_now(MDB_env* env) {
  MDB_txn* raw = nullptr;
  check(mdb_txn_begin(env, nullptr, MDB_RDONLY, &raw), "mdb_txn_begin");
  return extent_of(env, Txn(raw).get());
}

std::uint64_t used_bytes(const Extent& extent) {
  return (extent.pages - extent.free_pages) * extent.page_size;
}

}  // namespace

Extent extent_of(MDB_env* env, MDB_txn* txn) {
  // The list of free pages is the sub-database 0; each value is a count and as many page numbers
  // (mdb_stat.c of LMDB reads it so).
  constexpr MDB_dbi free_list = 0;
  MDB_envinfo info;
  MDB_stat pages;
  check(mdb_env_info(env, &info), "mdb_env_info");
  check(mdb_env_stat(env, &pages), "mdb_env_stat");
  std::uint64_t free = 0;
  Cursor cursor = open_cursor(txn, free_list);
  MDB_val key;
  MDB_val value;
  while (mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT) == MDB_SUCCESS) {
    std::size_t count = 0;
    std::memcpy(&count, value.mv_data, sizeof count);
    free += count;
  }
  return {pages.ms_psize, info.me_last_pgno + 1, free};
}

void remove_unfinished_copy(const std::filesystem::path& file) { ::unlink(copy_of(file).c_str()); }

Result<std::uint64_t> Environment::copy_to(int fd) {
  std::lock_guard lock(state_->copying);
  MDB_env* env = state_->env.get();
  try {
    if (auto room = check_room(env, used_bytes(extent_now(env))); !room) return room.error();
    check(mdb_env_copyfd2(env, fd, MDB_CP_COMPACT), "mdb_env_copyfd2", env);
    struct stat copy;
    if (::fstat(fd, &copy) != 0) check(errno, "fstat of the copy");
    return static_cast<std::uint64_t>(copy.st_size);
  } catch (const StoreError& failure) {
    return Error{failure.full() ? Errc::store_full : Errc::internal,
                 fmt::format("the database was not copied: {}", failure.what())};
  }
}

Result<Compacted> Environment::compact() {
  // Not waited for: whoever writes would wait, too.
  std::unique_lock lock(state_->copying, std::try_to_lock);
  if (!lock) return Error{Errc::overloaded, "a backup is being made: compact after it"};
  MDB_env* env = state_->env.get();
  Compacted done{};
  FileDescriptor folder;  // had before it is too late to do without
  try {
    folder = FileDescriptor(
        ::open(state_->file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) check(errno, "opening the database's folder");
    const Extent extent = extent_now(env);
    const std::uint64_t used = used_bytes(extent);
    if (auto room = check_room(env, used); !room) return room.error();
    done = {extent.pages * extent.page_size, used};
    Copy copy(state_->file);
    copy.fill(env);
    copy.take_the_place();
  } catch (const StoreError& failure) {
    return Error{failure.full() ? Errc::store_full : Errc::internal,
                 fmt::format("the database was not compacted: {}", failure.what())};
  }
  // The old file has no name any more: what is committed to it from here on would be lost. So would
  // be what is committed to the new one, as long as a crash may bring back the old one.
  if (::fsync(folder.get()) != 0) {
    end_process(
        fmt::format("it was compacted, and syncing its folder failed: {}", std::strerror(errno)));
  }
  state_->reopen();
  lock.unlock();
  try {
    WriteTxn txn(*this);
    txn.erase(Table::meta, compaction_due_name);
    txn.commit();
    state_->compaction_due = false;
  } catch (const StoreError&) {
    // It is compacted once more, then.
  }
  return done;
}

}  // namespace byok::store
