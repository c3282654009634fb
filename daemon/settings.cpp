#include "daemon/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace byok::daemon {

std::string to_string(const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::unix_socket) return "unix:" + address.path.native();
  bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}",
                     address.kind == ListenAddress::Kind::https ? "https" : "http", v6 ? "[" : "",
                     address.host, v6 ? "]" : "", address.port);
}

bool is_local(const ListenAddress& address) {
  return address.kind == ListenAddress::Kind::unix_socket || address.host.starts_with("127.") ||
         address.host == "::1";
}

bool listens_over_tls(const Settings& settings) {
  const auto is_https = [](const ListenAddress& address) {
    return address.kind == ListenAddress::Kind::https;
  };
  return std::ranges::any_of(settings.listen, is_https) ||
         std::ranges::any_of(settings.metrics_listen, is_https);
}

std::string place_of(const Settings& settings, std::string_view name) {
  auto found = settings.places.find(name);
  return found == settings.places.end() ? std::string() : found->second + ": ";
}

}  // namespace byok::daemon
