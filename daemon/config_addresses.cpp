// The settings that hold addresses: where byokd listens, and where the providers are.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/config_values.hpp"

namespace byok::daemon {
namespace {

bool is_ip_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

Result<ListenAddress> parse_unix(std::string_view path, const std::filesystem::path& folder) {
  ListenAddress address{.kind = ListenAddress::Kind::unix_socket, .host = {}, .path = {}};
  if (!put_path(address.path, std::string(path), folder)) {
    return complaint("wants a path behind unix:");
  }
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (address.path.native().size() > longest) {
    return complaint(
        fmt::format("names a socket whose path is longer than the {} bytes that the "
                    "system allows: choose a shorter one",
                    longest));
  }
  return address;
}

Result<ListenAddress> parse_http(ListenAddress::Kind kind, std::string_view authority) {
  std::size_t colon = authority.rfind(':');
  std::string host(authority.substr(0, colon));
  // A colon alone would also find the last one of an IPv6 address without its brackets.
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    host.clear();
  }
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  bool good = colon != std::string_view::npos;
  if (good) {
    const char* end = authority.data() + authority.size();
    auto [rest, error] = std::from_chars(authority.data() + colon + 1, end, port);
    good = error == std::errc() && rest == end;
  }
  if (!good || !is_ip_address(host)) {
    return complaint(
        "wants an IP address (or localhost) and a port, such as http://127.0.0.1:8484 or "
        "https://[::]:8443");
  }
  return ListenAddress{.kind = kind, .host = std::move(host), .port = port, .path = {}};
}

Result<ListenAddress> parse_listen(std::string_view text, const std::filesystem::path& folder) {
  if (text.starts_with("unix:")) return parse_unix(text.substr(5), folder);
  if (text.starts_with("http://")) {
    return parse_http(ListenAddress::Kind::http, text.substr(7));
  }
  if (text.starts_with("https://")) {
    return parse_http(ListenAddress::Kind::https, text.substr(8));
  }
  return complaint(
      "wants addresses such as unix:/run/byok/byokd.sock, http://127.0.0.1:8484 and "
      "https://0.0.0.0:8443");
}

constexpr const char* web_address_wanted =
    "wants http(s)://HOST[:PORT][/PATH] without user, query or fragment, and no HOST that only "
    "begins like an IPv4 address";

// Of such a host (10.0.0.1.example.com) Boost.URL 1.81 gives the address alone, which is another
// machine, and takes the rest for a path.
bool is_misread(boost::urls::url_view url) {
  const std::string path(url.encoded_path());
  return !path.empty() && !path.starts_with('/');
}

std::optional<boost::urls::url_view> parse_web_address(std::string_view text) {
  auto url = boost::urls::parse_uri(text);
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty() ||
      url->has_userinfo() || url->has_query() || url->has_fragment() ||
      (url->has_port() && url->port_number() == 0) || is_misread(*url)) {
    return std::nullopt;
  }
  return *url;
}

}  // namespace

Result<void> put_listen(std::vector<ListenAddress>& out, const Value& value,
                        const std::filesystem::path& folder) {
  std::vector<std::string> texts;
  if (auto* text = std::get_if<std::string>(&value)) texts = {*text};
  if (auto* list = std::get_if<std::vector<std::string>>(&value)) texts = *list;
  if (texts.empty()) return complaint("wants a list with at least one address");
  std::vector<ListenAddress> addresses;
  for (const std::string& text : texts) {
    Result<ListenAddress> address = parse_listen(text, folder);
    if (!address) return address.error();
    addresses.push_back(*std::move(address));
  }
  out = std::move(addresses);
  return {};
}

Result<void> put_base_url(std::string& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  std::string_view path = text != nullptr ? std::string_view(*text) : std::string_view();
  if (!parse_web_address(path)) return complaint(web_address_wanted);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with("/v1") || path.ends_with("/v1beta")) {
    return complaint("wants what stands before /v1 or /v1beta: leave that part out");
  }
  out = path;
  return {};
}

Result<void> put_public_url(std::string& out, const Value& value) {
  auto* text = std::get_if<std::string>(&value);
  const auto parsed = parse_web_address(text != nullptr ? std::string_view(*text) : "");
  if (!parsed) return complaint(web_address_wanted);
  boost::urls::url url(*parsed);
  url.normalize();
  const std::uint16_t usual = url.scheme_id() == boost::urls::scheme::https ? 443 : 80;
  if (!url.port().empty() && url.port_number() == usual) url.remove_port();
  std::string normal(url.buffer());
  while (normal.ends_with('/')) normal.pop_back();
  out = std::move(normal);
  return {};
}

}  // namespace byok::daemon
