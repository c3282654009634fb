// LMDB's C interface as this folder uses it: handles that release themselves, views for MDB_val,
// and error codes as StoreError.
#pragma once

#include <lmdb.h>

#include <optional>
#include <string_view>

#include "common/handle.hpp"
#include "daemon/store/store.hpp"

namespace byok::store {

using Env = byok::Handle<MDB_env, mdb_env_close>;
using Txn = byok::Handle<MDB_txn, mdb_txn_abort>;
using Cursor = byok::Handle<MDB_cursor, mdb_cursor_close>;

// Throws StoreError for any code but success; `what` names the call. An input/output error counts
// as full where `env` is given and its disk has next to nothing left: LMDB reports a short write
// so.
[[noreturn]] void fail(int code, const char* what, MDB_env* env);
inline void check(int code, const char* what, MDB_env* env = nullptr) {
  if (code != MDB_SUCCESS) fail(code, what, env);
}

// Lets go of the transaction first: LMDB frees the handle even where the commit fails.
void commit(Txn txn, MDB_env* env);

Cursor open_cursor(MDB_txn* txn, MDB_dbi dbi);

// Moves to the first key that is not before `key`, or one further; false at the end.
bool seek(MDB_cursor* cursor, std::string_view& key, std::string_view& value);
bool next(MDB_cursor* cursor, std::string_view& key, std::string_view& value);

// LMDB takes keys and values as pointers to non-const and does not write through them.
inline MDB_val to_val(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
inline std::string_view to_view(const MDB_val& val) {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

// A key that LMDB can hold: 1 to 511 bytes.
inline bool is_possible_key(std::string_view key) { return !key.empty() && key.size() <= 511; }

}  // namespace byok::store
