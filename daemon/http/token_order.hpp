// What a caller wants of a new token, out of JSON.
#pragma once

#include <boost/json/object.hpp>

#include "common/error.hpp"
#include "daemon/service/tokens.hpp"

namespace byok::http {

// {"name"?, "scope"?, "expires"?}: scope "full" where none is given, `expires` a duration such as
// "30d". Errc::bad_request naming the member.
Result<service::TokenOrder> token_order(const boost::json::object& object);

}  // namespace byok::http
