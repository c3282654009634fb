// Who a request comes from: the one credential that it bears, or what its connection proves.
#pragma once

#include "common/error.hpp"
#include "common/http1/message.hpp"
#include "daemon/http/peer_proof.hpp"
#include "daemon/service/principal.hpp"
#include "daemon/service/worker.hpp"

namespace byok::http {

// `query_may_hold_key`: on Google's paths, whose SDKs send `?key=`. Where a request bears a
// credential it alone decides; where it was forwarded, its connection makes nobody an operator.
// Errc::unauthorized; Errc::bad_request where two places disagree or a
// field is not what it should be; Errc::forbidden where X-Byok-Tenant names another tenant than the
// token's; Errc::invalid_tenant.
Result<service::Principal> authenticate(service::Worker& worker, const http1::RequestHead& head,
                                        PeerProof& proof, bool query_may_hold_key);

// The text behind "Authorization: Bearer", the one place where the secret of a link may stand.
// Errc::unauthorized where there is none.
Result<std::string_view> bearer_of(const http1::RequestHead& head);

}  // namespace byok::http
