// Who a request comes from: the one credential that it bears, or the peer of the Unix socket.
#pragma once

#include <sys/types.h>

#include <optional>

#include "common/error.hpp"
#include "common/http1/message.hpp"
#include "daemon/service/principal.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

// `operator_uid`: of a Unix socket's peer that may act as an operator.
// `query_may_hold_key`: on Google's paths, whose SDKs send `?key=`. Where a request bears a
// credential it alone decides. Errc::unauthorized; Errc::bad_request where two places disagree or a
// field is not what it should be; Errc::forbidden where X-Byok-Tenant names another tenant than the
// token's; Errc::invalid_tenant.
Result<service::Principal> authenticate(service::Worker& worker, const http1::RequestHead& head,
                                        std::optional<uid_t> operator_uid, bool query_may_hold_key);

}  // namespace byok::http
