// Parameters in a request's query.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/ids.hpp"

namespace byok::http {

// The value of a name in a query, not decoded; empty where it is not there.
std::string_view query_value(std::string_view query, std::string_view name);

// ?limit= and ?after=, by which lists of tenants are paged.
struct Paging {
  std::size_t most;
  std::optional<TenantId> after;
};
Result<Paging> paging_in(std::string_view query);

}  // namespace byok::http
