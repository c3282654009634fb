// The only place where errors become HTTP statuses.
#pragma once

#include <string_view>

#include "common/error.hpp"

namespace byok::http {

int http_status(Errc code);

// The reason phrase of RFC 9110 section 15, or of the registry; "Status" for one that it does not
// know.
std::string_view reason_phrase(int status);

}  // namespace byok::http
