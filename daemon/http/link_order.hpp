// What an operator wants of a new link, out of JSON.
#pragma once

#include "common/error.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/service/catalog.hpp"
#include "daemon/service/links.hpp"

namespace byok::http {

// {"tenant", "provider", "expires"?, "note"?}: `expires` a duration such as "12h", a day where none
// is given. Errc::bad_request naming the member; Errc::invalid_tenant; Errc::unknown_provider.
Result<service::LinkOrder> link_order(const JsonBody& body, const service::Catalog& catalog);

}  // namespace byok::http
