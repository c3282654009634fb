#include "common/http_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace byok {
namespace {

constexpr std::string_view unix_prefix = "unix:";

// A path that does not fit the kernel's structure could never be connected to.
constexpr std::size_t max_socket_path = sizeof(sockaddr_un::sun_path) - 1;

Error bad_address(std::string_view text, std::string_view reason) {
  return {Errc::bad_request,
          fmt::format("{} is not an address, {}: give unix:PATH, http://HOST:PORT or "
                      "https://HOST:PORT",
                      text, reason)};
}

Result<HttpAddress> parse_unix(std::string_view text) {
  std::string_view path = text.substr(unix_prefix.size());
  if (path.empty()) return bad_address(text, "the path is missing");
  if (path.size() > max_socket_path || path.find('\0') != path.npos) {
    return bad_address(text, fmt::format("a socket's path has at most {} bytes", max_socket_path));
  }
  return HttpAddress{HttpAddress::Kind::unix_socket, std::string(path), 0};
}

// Of an address, not of a name, which may lead anywhere.
bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

Result<HttpAddress> HttpAddress::parse(std::string_view text) {
  if (text.starts_with(unix_prefix)) return parse_unix(text);

  auto url = boost::urls::parse_uri(text);
  if (!url) return bad_address(text, "it is not a URL");
  bool tls = url->scheme_id() == boost::urls::scheme::https;
  if (!tls && url->scheme_id() != boost::urls::scheme::http) {
    return bad_address(text, "its scheme is unknown");
  }
  // What is refused may hold a password: it is not repeated.
  if (url->has_userinfo()) return bad_address("this", "a user name has no place in it");
  if (url->has_query() || url->has_fragment() || (url->path() != "/" && !url->path().empty())) {
    return bad_address(text, "nothing may follow the port");
  }
  if (url->host().empty()) return bad_address(text, "the host is missing");
  // What is escaped may be a line feed, and could not be written again.
  if (std::string(url->encoded_host()).find('%') != std::string::npos) {
    return bad_address(text, "its host is not a plain name");
  }

  std::uint16_t port = tls ? 443 : 80;
  if (url->has_port()) port = url->port_number();
  if (port == 0) return bad_address(text, "its port is not between 1 and 65535");
  return HttpAddress{tls ? Kind::tls : Kind::plain, url->host_address(), port};
}

std::string HttpAddress::str() const {
  switch (kind) {
    case Kind::unix_socket:
      return fmt::format("{}{}", unix_prefix, host);
    case Kind::plain:
      return "http://" + authority();
    case Kind::tls:
      return "https://" + authority();
  }
  return {};  // not a Kind: memory is corrupt
}

std::string HttpAddress::authority() const {
  if (kind == Kind::unix_socket) return "localhost";
  bool ipv6 = host.find(':') != host.npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool HttpAddress::is_private() const {
  return kind != Kind::plain || host == "localhost" || is_loopback(host);
}

}  // namespace byok
