// Ended calls, summed up into the rows of the database.
#pragma once

#include <vector>

#include "daemon/service/usage_ledger.hpp"
#include "daemon/store/store.hpp"

namespace byok::service {

// Rows of at most 200 models for a tenant's day; what is older than 400 days goes as new rows come.
// Nothing for tenants that are not there. `calls` may come in any order. Gives those back whose row
// is new and has no room in the store.
std::vector<EndedCall> write_usage(store::WriteTxn& txn, const std::vector<EndedCall>& calls);

}  // namespace byok::service
