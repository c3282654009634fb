// The LMDB environment: its sub-databases, and transactions that reach a tenant's data only through
// a handle made for that one tenant. Includes no lmdb.h, so that only this folder's sources do.
//
// Records are bytes here: the vault opens and authenticates them, records.hpp gives them form.
// Views point into the memory map and die with their transaction (in a write transaction: with the
// next change). A failing disk or a full map throws StoreError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/crypto.hpp"
#include "common/error.hpp"
#include "common/ids.hpp"
#include "common/time.hpp"

struct MDB_cursor;
struct MDB_txn;

namespace byok::store {

// The disk, the map or LMDB itself failed.
class StoreError : public std::runtime_error {
 public:
  StoreError(const std::string& text, bool full) : std::runtime_error(text), full_(full) {}
  // Disk or map are full: reads go on, and freeing space mends it.
  bool full() const { return full_; }

 private:
  bool full_;
};

// The names by which authenticated records are bound to their sub-database.
namespace sub_database {
inline constexpr std::string_view keys = "nr_tenant_provider_keys";
inline constexpr std::string_view deks = "deks";
inline constexpr std::string_view key_state = "key_state";
inline constexpr std::string_view tenants = "tenants";
inline constexpr std::string_view tokens = "tokens";
inline constexpr std::string_view tokens_by_tenant = "tokens_by_tenant";
inline constexpr std::string_view tokens_by_id = "tokens_by_id";
inline constexpr std::string_view usage = "usage";
inline constexpr std::string_view links = "links";
inline constexpr std::string_view links_by_tenant = "links_by_tenant";
inline constexpr std::string_view links_by_id = "links_by_id";
inline constexpr std::string_view meta = "meta";
}  // namespace sub_database

struct Stats {
  std::uint64_t map_size;    // bytes
  std::uint64_t used_bytes;  // pages in use, free ones included, times the page size
  std::uint64_t free_bytes;  // of those, what may be used anew
  std::uint64_t tenants;
  std::uint64_t keys;
  std::uint64_t tokens;
  std::uint64_t links;
  std::uint32_t readers;
};

// In bytes of pages: up to the last in use before, and those in use after.
struct Compacted {
  std::uint64_t bytes_before;
  std::uint64_t bytes_after;
};

class ReadTxn;
class WriteTxn;
struct EnvironmentState;
enum class Table : int;
struct IndexedTable;

// Whether `path` lies on a file system of another machine, or of a user's program: LMDB's locks and
// map need a local one. False where that cannot be told.
bool on_remote_filesystem(const std::filesystem::path& path);

// One process's hold on data.mdb. Opened once; closing it while a transaction lives is a bug.
class Environment {
 public:
  // Opens `file`, or makes it (mode 0600) where it does not exist. `map_size` is in bytes and is
  // only reserved. Fails with Errc::internal and a sentence for the operator, nothing changed,
  // where the file is not ours, is truncated, or has a newer schema.
  static Result<std::unique_ptr<Environment>> open(const std::filesystem::path& file,
                                                   std::uint64_t map_size);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The next four: any thread.
  Stats stats() const;
  // Frees the reader slots of processes that died; returns how many.
  int check_readers();
  // A DEK has been destroyed, and its page not been left behind since.
  bool compaction_due() const;

  // Writes the database as it is now, without its free pages, to an empty file that is open for
  // writing; returns its size. Takes as long as that takes, and others read and write meanwhile.
  // Errc::store_full or Errc::internal where the copy is not whole. Any thread.
  Result<std::uint64_t> copy_to(int fd);

  // Puts a copy without free pages in the place of the file: what was destroyed is gone from it
  // then. Readers wait for moments only. On the writer's thread (Writer::submit_alone), since what
  // is written meanwhile would be lost. Errc::store_full where the disk has no room for the copy,
  // Errc::overloaded while a backup is being made, Errc::internal where it could not be made:
  // nothing has changed then. Throws StoreError where the copy is in place, and cannot be opened or
  // kept there: nothing may be written any more.
  Result<Compacted> compact();

 private:
  friend class Reader;
  friend class WriteTxn;
  explicit Environment(std::unique_ptr<EnvironmentState> state);
  void read_compaction_due();
  std::unique_ptr<EnvironmentState> state_;
};

// One thread's reusable read-only transaction.
class Reader {
 public:
  explicit Reader(Environment& environment);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The database as it is now. One at a time, and never across a suspension point: an old snapshot
  // keeps freed pages from being reused.
  // A second one while the first lives throws std::logic_error.
  ReadTxn begin();

  // Between the two, what begin() gives is one snapshot for as long as nothing is committed:
  // looking for the newest is cheap, taking and leaving one is not. For moments, as the above says.
  void hold() { holding_ = true; }
  void release();

 private:
  friend class ReadTxn;
  friend struct EnvironmentState;
  bool is_newest() const;
  void finish();
  void end();
  void let_go();

  EnvironmentState& environment_;
  // Held from begin() until the transaction ends, and while the environment is opened anew.
  std::mutex mutex_;
  MDB_txn* txn_ = nullptr;  // made by the first begin(), then reset and renewed
  bool busy_ = false;
  bool holding_ = false;
  bool live_ = false;  // txn_ has a snapshot
};

// One tenant's data, and no way to another's.
class TenantView {
 public:
  const TenantId& id() const { return id_; }

  std::optional<std::string_view> record() const;
  std::optional<std::string_view> key(const ProviderId& provider) const;
  std::optional<std::string_view> dek(std::uint64_t version) const;
  std::optional<std::string_view> key_state(const ProviderId& provider) const;
  // The counts of that row (records.hpp).
  std::optional<std::string_view> usage(std::string_view row) const;

  // Each visits all of this tenant's, in key order, within the transaction. `visit` changes
  // nothing.
  void each_key(const std::function<void(const ProviderId&, std::string_view record)>& visit) const;
  void each_dek(
      const std::function<void(std::uint64_t version, std::string_view record)>& visit) const;
  void each_token(const std::function<void(std::string_view token_id, const crypto::Digest& hash)>&
                      visit) const;
  // The same behind the token of that id (empty: from the first on), until `visit` returns false.
  void each_token_behind(std::string_view after,
                         const std::function<bool(std::string_view token_id,
                                                  const crypto::Digest& hash)>& visit) const;
  // The same of links by which keys are handed over.
  void each_link_behind(
      std::string_view after,
      const std::function<bool(std::string_view link_id, const crypto::Digest& hash)>& visit) const;
  // From that day on, until `visit` returns false.
  void each_usage(
      Day first,
      const std::function<bool(std::string_view row, std::string_view counts)>& visit) const;

 protected:
  friend class ReadTxn;
  TenantView(const ReadTxn& txn, const TenantId& id) : txn_(&txn), id_(id) {}
  const ReadTxn* txn_;
  TenantId id_;
};

class ReadTxn {
 public:
  ReadTxn(ReadTxn&& other) noexcept;
  ~ReadTxn();
  ReadTxn(const ReadTxn&) = delete;
  ReadTxn& operator=(const ReadTxn&) = delete;

  TenantView tenant(const TenantId& id) const { return {*this, id}; }
  // Visits tenants in order of id, beginning after `after` where given, until `visit` returns
  // false.
  void each_tenant(
      const std::optional<TenantId>& after,
      const std::function<bool(const TenantId&, std::string_view record)>& visit) const;

  // The record of the token with that SHA-256.
  std::optional<std::string_view> token(const crypto::Digest& hash) const;
  std::optional<crypto::Digest> token_hash(std::string_view token_id) const;
  std::optional<std::string_view> token_state(const crypto::Digest& hash) const;
  // The tokens of no tenant, an operator's, in order of id.
  void each_operator_token(const std::function<void(std::string_view token_id,
                                                    const crypto::Digest& hash)>& visit) const;
  void each_operator_token_behind(
      std::string_view after,
      const std::function<bool(std::string_view token_id, const crypto::Digest& hash)>& visit)
      const;

  // The record of the link whose secret has that SHA-256.
  std::optional<std::string_view> link(const crypto::Digest& hash) const;
  std::optional<crypto::Digest> link_hash(std::string_view link_id) const;
  // All tenants' links, in order of id, as TenantView has them of one.
  void each_link_behind(
      std::string_view after,
      const std::function<bool(std::string_view link_id, const crypto::Digest& hash)>& visit) const;

  std::optional<std::string_view> meta(std::string_view name) const;

 protected:
  friend class Reader;
  friend class TenantView;
  friend class TenantEdit;
  // `reader` gets the transaction back; none: the derived class sees to its end.
  ReadTxn(EnvironmentState& environment, MDB_txn* txn, Reader* reader)
      : environment_(&environment), txn_(txn), reader_(reader) {}
  std::optional<std::string_view> get(Table table, std::string_view key) const;
  // Visits the records whose keys begin with `prefix` until `visit` returns false; `rest` is what
  // follows the prefix.
  void each(Table table, std::string_view prefix,
            const std::function<bool(std::string_view rest, std::string_view value)>& visit) const {
    each_from(table, prefix, prefix, visit);
  }
  // The same, beginning at `first`, which begins with `prefix`.
  void each_from(
      Table table, std::string_view prefix, std::string_view first,
      const std::function<bool(std::string_view rest, std::string_view value)>& visit) const;
  // Visits what an index leads to from keys that begin with `prefix`, from `prefix` and `after` on,
  // but not that one itself.
  void each_indexed(
      Table index, std::string_view prefix, std::string_view after,
      const std::function<bool(std::string_view id, const crypto::Digest& hash)>& visit) const;
  std::optional<crypto::Digest> get_hash(Table index, std::string_view id) const;

  EnvironmentState* environment_;
  MDB_txn* txn_;
  Reader* reader_;
};

// Changes to one tenant's data. Where map or disk are nearly full, what adds to the database throws
// StoreError, and what takes from it goes on.
class TenantEdit : public TenantView {
 public:
  void put_record(std::string_view record);
  void put_key(const ProviderId& provider, std::string_view record);
  void erase_key(const ProviderId& provider);  // and its key_state
  void put_dek(std::uint64_t version, std::string_view record);
  void erase_dek(std::uint64_t version);
  // Does nothing where there is no such key: what is noted late must not outlive it.
  void put_key_state(const ProviderId& provider, std::string_view state);

  void put_token(const crypto::Digest& hash, std::string_view token_id, std::string_view record);
  // With its state; nothing where the tenant has no such token.
  void erase_token(const crypto::Digest& hash, std::string_view token_id);

  void put_link(const crypto::Digest& hash, std::string_view link_id, std::string_view record);
  // Nothing where the tenant has no such link.
  void erase_link(const crypto::Digest& hash, std::string_view link_id);

  void put_usage(std::string_view row, std::string_view counts);
  // Puts what `change` makes of the stored counts, which is as long; false where there are none.
  // Quick where rows are changed in their order. `change` touches nothing here.
  bool change_usage(std::string_view row,
                    const std::function<std::string(std::string_view)>& change);
  void erase_usage(std::string_view row);

  // All that this tenant has: record, keys, DEKs, states, tokens and links with their indexes,
  // usage.
  void erase_everything();

 private:
  friend class WriteTxn;
  TenantEdit(WriteTxn& txn, const TenantId& id);
  WriteTxn* edited_;
};

// Keeps its changes only where commit() is reached. Steps get theirs from the Writer.
class WriteTxn : public ReadTxn {
 public:
  explicit WriteTxn(Environment& environment);
  ~WriteTxn();
  WriteTxn(const WriteTxn&) = delete;
  WriteTxn& operator=(const WriteTxn&) = delete;

  TenantEdit edit(const TenantId& id) { return {*this, id}; }

  // Tokens of no tenant: an operator's.
  void put_operator_token(const crypto::Digest& hash, std::string_view token_id,
                          std::string_view record);
  void erase_operator_token(const crypto::Digest& hash, std::string_view token_id);
  // Does nothing where there is no such token.
  void put_token_state(const crypto::Digest& hash, std::string_view state);
  void put_meta(std::string_view name, std::string_view value);

  // Durable once it returns. Nothing may be read or written after it.
  void commit();
  // Counts the changes made so far.
  std::uint64_t changes() const { return changes_; }

 private:
  friend class Environment;
  friend class TenantEdit;
  void put(Table table, std::string_view key, std::string_view value);
  void erase(Table table, std::string_view key);
  void put_indexed(const IndexedTable& table, const TenantId& owner, const crypto::Digest& hash,
                   std::string_view id, std::string_view record);
  // False where the owner has none of that id and hash.
  bool erase_indexed(const IndexedTable& table, const TenantId& owner, const crypto::Digest& hash,
                     std::string_view id);
  void erase_token_of(const TenantId& owner, const crypto::Digest& hash, std::string_view token_id);
  void erase_all(Table table, std::string_view prefix);

  bool change(MDB_cursor*& cursor, Table table, std::string_view key,
              const std::function<std::string(std::string_view)>& change);

  std::uint64_t changes_ = 0;
  bool destroys_ = false;               // a DEK
  MDB_cursor* usage_cursor_ = nullptr;  // ends with the transaction
};

}  // namespace byok::store
