// GET /admin/audit and /admin/audit/verify.
#pragma once

#include <boost/json/object.hpp>

#include "daemon/audit/reading.hpp"
#include "daemon/http/routes.hpp"

namespace byok::http {

// {"lines":[...]}: the last ones, oldest first, as they stand in the file; ?limit= of them.
net::Awaitable<Result<Reply>> show_audit(service::Worker& worker, service::Exchange& exchange,
                                         const PathParameters&);
// ?from=: the first line that has to be there, 1 where it is not given.
// {"ok","files","lines","first","last","problems":[{"file","line","message"}]}. That it found
// problems is no error of the call.
net::Awaitable<Result<Reply>> verify_audit(service::Worker& worker, service::Exchange& exchange,
                                           const PathParameters&);

// As the endpoint answers it, and `byokd --verify-audit` prints it.
boost::json::object verdict_value(const audit::Verdict& verdict);

}  // namespace byok::http
