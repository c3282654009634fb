// The listening sockets: those that the service manager hands over, or else those of the settings.
#pragma once

#include <vector>

#include "common/error.hpp"
#include "daemon/activation.hpp"
#include "daemon/http/listeners.hpp"
#include "daemon/http/peer.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

struct OpenListeners {
  std::vector<http::Listener> listeners;
  std::vector<http::Listener> metrics;  // that serve nothing else
  http::OperatorRule operators;
};

// Who at the other end of a Unix socket is an operator. Errc::internal where the group that was set
// does not exist.
Result<http::OperatorRule> operator_rule(const Settings& settings);

// Opens every one of `listen`, where none is handed over, and of `metrics_listen`, or fails with a
// sentence for the operator. A group that was set and does not exist is refused; where the default
// one does not exist the socket is its owner's alone. Of those that are handed over, the ones
// called "https" are spoken to over TLS; what is no listening stream socket is refused, and what
// other machines reach in the clear unless `allow_plaintext` is set.
Result<OpenListeners> open_listeners(const Settings& settings, std::vector<HandedOver> handed_over);

}  // namespace byok::daemon
