// Parameters in a request's query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/ids.hpp"
#include "daemon/service/links.hpp"
#include "daemon/service/tokens.hpp"

namespace byok::http {

// The value of a name in a query, not decoded; empty where it is not there.
std::string_view query_value(std::string_view query, std::string_view name);

// That each name in the query is one of `known` (separated by blanks) and stands there once.
// Errc::bad_request, naming the nearest that is known, and nothing of what came: a key may have
// been put in the wrong place.
Result<void> check_query(std::string_view query, std::string_view known);

// True or false; Errc::bad_request for any other value, false where the name is not there.
Result<bool> flag_in(std::string_view query, std::string_view name);

// A whole number from 1 to `most`, `otherwise` where the name is not there; Errc::bad_request.
Result<std::uint64_t> number_in(std::string_view query, std::string_view name,
                                std::uint64_t otherwise, std::uint64_t most);

// ?limit= and ?after=, by which lists of tenants are paged.
struct Paging {
  std::size_t most;
  std::optional<TenantId> after;
};
Result<Paging> paging_in(std::string_view query);

// The same for lists of tokens.
Result<service::TokenRange> token_range_in(std::string_view query);

// The same for lists of links, with ?tenant=. Errc::invalid_tenant.
Result<service::LinkRange> link_range_in(std::string_view query);

}  // namespace byok::http
