#include "daemon/http/peer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace byok::http {
namespace {

std::vector<gid_t> groups_of_peer(int descriptor) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
      groups.resize(size / sizeof(gid_t));
      return groups;
    }
    // On ERANGE the kernel has said how many there are.
    if (errno != ERANGE || size / sizeof(gid_t) <= groups.size()) return {};
    groups.resize(size / sizeof(gid_t));
  }
}

}  // namespace

bool is_operator_peer(int descriptor, const OperatorRule& rule) {
  if (!rule.enabled) return false;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  // A TCP socket answers too, with no process at all.
  if (peer.pid == 0) return false;
  if (peer.uid == 0 || peer.uid == geteuid()) return true;
  if (!rule.group) return false;
  if (peer.gid == *rule.group) return true;
  std::vector<gid_t> groups = groups_of_peer(descriptor);
  return std::find(groups.begin(), groups.end(), *rule.group) != groups.end();
}

}  // namespace byok::http
