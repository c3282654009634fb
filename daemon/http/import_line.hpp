// One line of POST /admin/import, out of JSON.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/error.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/import.hpp"

namespace byok::http {

inline constexpr std::size_t longest_import_line = 64 * 1024;

// {"tenant", "provider"?, "apiKey"?, "token"?}, provider and key together or not at all. Fails with
// a sentence that repeats nothing of the line, which may hold a key in the wrong place.
Result<service::ImportLine> parse_import_line(const service::Catalog& catalog,
                                              std::string_view text);

}  // namespace byok::http
