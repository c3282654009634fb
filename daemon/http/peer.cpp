#include "daemon/http/peer.hpp"

#include <arpa/inet.h>
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

std::optional<uid_t> operator_peer(int descriptor, const OperatorRule& rule) {
  if (!rule.enabled) return std::nullopt;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return std::nullopt;
  }
  // A TCP socket answers too, with no process at all.
  if (peer.pid == 0) return std::nullopt;
  if (peer.uid == 0 || peer.uid == geteuid()) return peer.uid;
  if (!rule.group) return std::nullopt;
  if (peer.gid == *rule.group) return peer.uid;
  std::vector<gid_t> groups = groups_of_peer(descriptor);
  if (std::find(groups.begin(), groups.end(), *rule.group) == groups.end()) return std::nullopt;
  return peer.uid;
}

std::string peer_address(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
  if (address.ss_family == AF_UNIX) return "unix";
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes =
      address.ss_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
          : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return inet_ntop(address.ss_family, bytes, text, sizeof text) != nullptr ? text : "unknown";
}

}  // namespace byok::http
