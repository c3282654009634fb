#include "daemon/settings.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
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
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return false;
  const std::string host = parsed->host_address();
  in_addr v4;
  // The first bytes of a name may look like an address.
  const bool is_v4 = inet_pton(AF_INET, host.c_str(), &v4) == 1;
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
         (is_v4 && host.starts_with("127."));
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
