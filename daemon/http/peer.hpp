// Who is at the other end of a Unix socket, as the kernel tells it.
#pragma once

#include <sys/types.h>

#include <optional>

namespace byok::http {

// Whom a Unix socket's peer may be to count as an operator.
struct OperatorRule {
  bool enabled = true;
  std::optional<gid_t> group;
};

// True for uid 0, byokd's own uid, and members of the group (by the peer's own group list,
// SO_PEERGROUPS: no look-up by name). False for a socket that is no Unix socket.
bool is_operator_peer(int descriptor, const OperatorRule& rule);

}  // namespace byok::http
