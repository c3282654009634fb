// The listening sockets, out of the settings.
#pragma once

#include <vector>

#include "common/error.hpp"
#include "daemon/http/listeners.hpp"
#include "daemon/http/peer.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

struct OpenListeners {
  std::vector<http::Listener> listeners;
  http::OperatorRule operators;
};

// Opens every one, or fails with a sentence for the operator. A group that was set and does not
// exist is refused; where the default one does not exist the socket is its owner's alone.
Result<OpenListeners> open_listeners(const Settings& settings);

}  // namespace byok::daemon
