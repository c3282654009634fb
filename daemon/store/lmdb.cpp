#include "daemon/store/lmdb.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <string>

namespace byok::store {
namespace {

bool disk_is_full(MDB_env* env) {
  constexpr unsigned long next_to_nothing = 1 << 20;
  mdb_filehandle_t fd;
  struct statvfs disk;
  return env != nullptr && mdb_env_get_fd(env, &fd) == 0 && ::fstatvfs(fd, &disk) == 0 &&
         disk.f_bavail < next_to_nothing / disk.f_frsize;
}

bool means_full(int code, MDB_env* env) {
  switch (code) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return true;
    case EIO:
      return disk_is_full(env);
    default:
      return false;
  }
}

bool found(int code, const char* what) {
  if (code == MDB_NOTFOUND) return false;
  check(code, what);
  return true;
}

bool move(MDB_cursor* cursor, std::string_view& key, std::string_view& value, MDB_cursor_op how) {
  MDB_val key_val = to_val(key);
  MDB_val value_val{};
  if (!found(mdb_cursor_get(cursor, &key_val, &value_val, how), "mdb_cursor_get")) return false;
  key = to_view(key_val);
  value = to_view(value_val);
  return true;
}

}  // namespace

void fail(int code, const char* what, MDB_env* env) {
  throw StoreError(std::string(what) + ": " + mdb_strerror(code), means_full(code, env));
}

void commit(Txn txn, MDB_env* env) { check(mdb_txn_commit(txn.release()), "mdb_txn_commit", env); }

Cursor open_cursor(MDB_txn* txn, MDB_dbi dbi) {
  MDB_cursor* cursor = nullptr;
  check(mdb_cursor_open(txn, dbi, &cursor), "mdb_cursor_open");
  return Cursor(cursor);
}

bool seek(MDB_cursor* cursor, std::string_view& key, std::string_view& value) {
  return move(cursor, key, value, key.empty() ? MDB_FIRST : MDB_SET_RANGE);
}

bool next(MDB_cursor* cursor, std::string_view& key, std::string_view& value) {
  return move(cursor, key, value, MDB_NEXT);
}

}  // namespace byok::store
