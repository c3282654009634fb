// What an Environment holds, for this folder's sources.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

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
};

// In the order of Table.
inline constexpr std::array table_names = {
    sub_database::keys,         sub_database::deks,   sub_database::key_state,
    sub_database::tenants,      sub_database::tokens, sub_database::tokens_by_tenant,
    sub_database::tokens_by_id, sub_database::usage,  sub_database::meta,
};

struct EnvironmentState {
  MDB_dbi dbi(Table table) const { return tables[static_cast<std::size_t>(table)]; }

  Env env;
  std::array<MDB_dbi, table_names.size()> tables{};
  Headroom headroom;  // the writer's
};

}  // namespace byok::store
