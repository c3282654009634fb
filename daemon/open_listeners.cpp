#include "daemon/open_listeners.hpp"

#include <grp.h>

namespace byok::daemon {

Result<OpenListeners> open_listeners(const Settings& settings) {
  OpenListeners open;
  open.operators.enabled = settings.unix_operator;
  if (const group* entry = getgrnam(settings.admin_group.name.c_str())) {
    open.operators.group = entry->gr_gid;
  } else if (settings.admin_group.required) {
    return Error{Errc::internal, "the group '" + settings.admin_group.name +
                                     "' does not exist: make it, or set 'admin_group'"};
  }
  http::SocketAccess access{settings.socket_mode, open.operators.group};
  for (const ListenAddress& address : settings.listen) {
    auto listener = address.kind == ListenAddress::Kind::unix_socket
                        ? http::listen_unix(address.path, access, settings.workers)
                        : http::listen_tcp(address.host, address.port, settings.workers);
    if (!listener) return listener.error();
    open.listeners.push_back(std::move(*listener));
  }
  return open;
}

}  // namespace byok::daemon
