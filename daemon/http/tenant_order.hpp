// What an operator wants of a tenant, out of JSON, and its limits back as JSON.
#pragma once

#include <boost/json/object.hpp>

#include "common/error.hpp"
#include "daemon/http/json_body.hpp"
#include "daemon/service/tenant_limits.hpp"
#include "daemon/service/tenants.hpp"

namespace byok::http {

// {"globalFallback"?, "limits"?:{"rps"?, "concurrency"?}}: a limit is a whole number from 1 on,
// "off" (or 0) for none, or null for what the settings say; `limits` itself null, for both. Other
// members are the caller's business. Errc::bad_request naming the member.
Result<service::TenantOrder> tenant_order(const JsonBody& body);

// As tenant_order() takes them, and so that what was shown can be sent back.
boost::json::object limits_value(const store::LimitOverrides& limits);
// What holds: a number, or "off".
boost::json::object limits_value(const service::TenantLimits::Limits& limits);

}  // namespace byok::http
