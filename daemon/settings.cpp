#include "daemon/settings.hpp"

#include <arpa/inet.h>
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

bool is_loopback_url(std::string_view url) {
  // Not Boost.URL's reading: for a name that begins like an IPv4 address it gives that address.
  const std::size_t begin = url.find("://") + 3;
  const std::string_view authority = url.substr(begin, url.find('/', begin) - begin);
  const bool bracketed = authority.starts_with('[');
  const std::string_view host = authority.substr(0, authority.find(bracketed ? ']' : ':'));
  if (host == "localhost" || host.ends_with(".localhost") || host == "[::1") return true;
  in_addr v4;
  return host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &v4) == 1;
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
