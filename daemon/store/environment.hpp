// What an Environment holds, for this folder's sources.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <vector>

#include "daemon/store/headroom.hpp"
#include "daemon/store/lmdb.hpp"
#include "daemon/store/store.hpp"

namespace byok::store {

enum class Table : int {
  keys,
  deks,
  key_state,
  tenants,
  tokens,
  tokens_by_tenant,
  tokens_by_id,
  usage,
  meta,
  links,
  links_by_tenant,
  links_by_id,
};

// In the order of Table.
inline constexpr std::array table_names = {
    sub_database::keys,
    sub_database::deks,
    sub_database::key_state,
    sub_database::tenants,
    sub_database::tokens,
    sub_database::tokens_by_tenant,
    sub_database::tokens_by_id,
    sub_database::usage,
    sub_database::meta,
    sub_database::links,
    sub_database::links_by_tenant,
    sub_database::links_by_id,
};
// Those that earlier versions of the same schema do not have: they are made where they are missing.
inline constexpr Table first_later_table = Table::links;

// Records that lie under a SHA-256, and are found by owner and id, and by id alone.
struct IndexedTable {
  Table records;
  Table by_owner;
  Table by_id;
};
inline constexpr IndexedTable token_table{Table::tokens, Table::tokens_by_tenant,
                                          Table::tokens_by_id};
inline constexpr IndexedTable link_table{Table::links, Table::links_by_tenant, Table::links_by_id};

// Stands in meta from the first DEK that is destroyed until the file has been compacted.
inline constexpr std::string_view compaction_due_name = "compaction-due";

struct EnvironmentState {
  MDB_dbi dbi(Table table) const { return tables[static_cast<std::size_t>(table)]; }
  // Opens `file`, or makes it. An error is a sentence for the operator. Throws StoreError.
  std::optional<Error> open();
  // Closes the file and opens what lies there now, while every reader waits. Where that cannot be
  // there is no database, and the process ends.
  void reopen() noexcept;

  std::filesystem::path file;
  std::uint64_t map_size = 0;
  Env env;
  std::array<MDB_dbi, table_names.size()> tables{};
  Headroom headroom;  // the writer's
  std::atomic<bool> compaction_due = false;

  std::mutex copying;  // held by who copies the file, and while it is opened anew
  std::mutex registering;
  std::vector<Reader*> readers;  // each has a lock of its own
  std::shared_mutex in_use;      // shared by what uses `env` beside readers and the writer
};

// Ends the process at once, with the reason on stderr: what the disk holds is whole, and no more
// can be promised of it from here.
[[noreturn]] void end_process(std::string_view reason) noexcept;

}  // namespace byok::store
