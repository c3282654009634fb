// Keeps back a part of the map and of the disk, so that where both are full something can still be
// deleted: LMDB never overwrites, and so needs fresh pages even to delete. What would make the
// database grow is refused before that part is touched. Used by the writing thread alone.
#pragma once

#include <lmdb.h>

#include <cstdint>

namespace byok::store {

class Headroom {
 public:
  Headroom() = default;
  explicit Headroom(MDB_env* env);

  // Before a write transaction begins: reserves disk space behind the last page in use, and notes
  // how far the database may grow if the disk has no more to give.
  void prepare();

  // Whether `txn` may still add to the database; asked before each change that adds.
  bool may_grow(MDB_txn* txn) const { return roomy_ || has_room(txn); }

 private:
  bool has_room(MDB_txn* txn) const;

  MDB_env* env_ = nullptr;
  std::uint64_t page_size_ = 0;
  std::uint64_t limit_ = 0;  // of pages in use, for what adds to the database
  bool roomy_ = true;        // so far from the limit that no one transaction gets there
};

}  // namespace byok::store
