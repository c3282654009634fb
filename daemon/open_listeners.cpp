#include "daemon/open_listeners.hpp"

#include <fmt/format.h>
#include <grp.h>

namespace byok::daemon {

Result<http::OperatorRule> operator_rule(const Settings& settings) {
  http::OperatorRule rule;
  rule.enabled = settings.unix_operator;
  if (const group* entry = getgrnam(settings.admin_group.name.c_str())) {
    rule.group = entry->gr_gid;
  } else if (settings.admin_group.required) {
    return Error{Errc::internal, "the group '" + settings.admin_group.name +
                                     "' does not exist: make it, or set 'admin_group'"};
  }
  return rule;
}

namespace {

Result<http::Listener> take(const Settings& settings, HandedOver given) {
  auto refused = [name = given.name](std::string_view why) {
    return Error{Errc::bad_request,
                 fmt::format("the service manager's socket '{}' is refused: {}", name, why)};
  };
  const bool over_tls = given.name == "https";
  if (over_tls && settings.tls.cert.empty()) {
    return refused("it needs a certificate: set tls.cert and tls.key, and name it in listen too");
  }
  auto listener = http::take_listener(std::move(given.socket), over_tls, settings.workers);
  if (!listener) return refused(listener.error().message());
  const bool in_clear = listener->transport == http::Transport::tcp;
  if (in_clear && !listener->is_local && !settings.allow_plaintext) {
    return refused(listener->address +
                   " would send keys and tokens over the network in the clear: call it https "
                   "(FileDescriptorName=), listen on a loopback address behind a TLS proxy, or set "
                   "allow_plaintext = true");
  }
  return listener;
}

}  // namespace

Result<OpenListeners> open_listeners(const Settings& settings,
                                     std::vector<HandedOver> handed_over) {
  auto operators = operator_rule(settings);
  if (!operators) return operators.error();
  OpenListeners open{{}, {}, *operators};
  for (HandedOver& given : handed_over) {
    auto listener = take(settings, std::move(given));
    if (!listener) return listener.error();
    open.listeners.push_back(std::move(*listener));
  }
  http::SocketAccess access{settings.socket_mode, open.operators.group};
  auto open_all = [&](const std::vector<ListenAddress>& addresses,
                      std::vector<http::Listener>& into) -> Result<void> {
    for (const ListenAddress& address : addresses) {
      const http::Transport transport =
          address.kind == ListenAddress::Kind::https ? http::Transport::tls : http::Transport::tcp;
      auto listener =
          address.kind == ListenAddress::Kind::unix_socket
              ? http::listen_unix(address.path, access, settings.workers)
              : http::listen_tcp(address.host, address.port, transport, settings.workers);
      if (!listener) return listener.error();
      into.push_back(std::move(*listener));
    }
    return {};
  };
  if (open.listeners.empty()) {
    if (auto all = open_all(settings.listen, open.listeners); !all) return all.error();
  }
  if (auto all = open_all(settings.metrics_listen, open.metrics); !all) return all.error();
  return open;
}

}  // namespace byok::daemon
