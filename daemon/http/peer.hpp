// Who is at the other end of a Unix socket, as the kernel tells it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace byok::http {

// Whom a Unix socket's peer may be to count as an operator.
struct OperatorRule {
  bool enabled = true;
  std::optional<gid_t> group;
};

// The peer's uid where it is an operator: uid 0, byokd's own uid, and members of the group (by the
// peer's own group list, SO_PEERGROUPS: no look-up by name). Nothing for a socket that is no Unix
// socket.
std::optional<uid_t> operator_peer(int descriptor, const OperatorRule& rule);

// Where a connection comes from: an IP address, or "unix"; "unknown" once it is gone.
std::string peer_address(int descriptor);

}  // namespace byok::http
