#include "daemon/upstream/target.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "common/encoding.hpp"
#include "common/hash.hpp"
#include "common/http1/characters.hpp"
#include "common/http1/message.hpp"
#include "daemon/upstream/tls_client.hpp"

namespace byok::upstream {
namespace {

using Environment = std::function<const char*(const char*)>;

std::string_view either_case(const Environment& env, const char* lower, const char* upper) {
  for (const char* name : {lower, upper}) {
    const char* value = env(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

// NO_PROXY: "*", or names separated by commas; a name covers itself and what lies under it.
bool goes_direct(std::string_view no_proxy, std::string_view host) {
  while (!no_proxy.empty()) {
    std::size_t comma = no_proxy.find(',');
    std::string_view entry = http1::trim(no_proxy.substr(0, comma));
    if (entry == "*") return true;
    if (entry.starts_with("*.")) entry.remove_prefix(1);
    if (entry.starts_with('.')) entry.remove_prefix(1);
    if (!entry.empty() && host.size() >= entry.size() &&
        http1::equal_ignoring_case(host.substr(host.size() - entry.size()), entry) &&
        (host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.')) {
      return true;
    }
    if (comma == no_proxy.npos) break;
    no_proxy.remove_prefix(comma + 1);
  }
  return false;
}

std::string bare_host(boost::urls::url_view url) {
  std::string host(url.host_address());
  return host;
}

Result<Proxy> parse_proxy(std::string_view text) {
  // Never repeats the text: it may hold a password.
  Error unusable{Errc::internal, "HTTPS_PROXY must be http://[USER:PASSWORD@]HOST[:PORT]"};
  std::string with_scheme(text);
  if (text.find("://") == text.npos) with_scheme.insert(0, "http://");
  auto url = boost::urls::parse_uri(with_scheme);
  // A path that does not begin with / is the rest of a host that began like an IPv4 address.
  const std::string path(url ? std::string(url->encoded_path()) : std::string());
  if (!url || url->scheme_id() != boost::urls::scheme::http || url->host().empty() ||
      (!path.empty() && !path.starts_with('/'))) {
    return unusable;
  }
  Proxy proxy;
  proxy.host = bare_host(*url);
  proxy.port = url->has_port() ? std::string(url->port()) : "8080";
  if (url->has_userinfo()) {
    proxy.authorization = "Basic " + to_base64(std::string(url->userinfo()));
  }
  return proxy;
}

// What some authorities vouch for says nothing of others.
std::string name_connections(const Target& target) {
  std::string name = (target.tls ? "https " : "http ") + target.host + " " + target.port;
  if (target.proxy) name += " by " + target.proxy->host + " " + target.proxy->port;
  if (!target.trusts.empty()) name += " ca " + target.trusts;
  return name;
}

}  // namespace

Result<Target> make_target(std::string_view base_url, std::string_view authorities,
                           const Environment& env) {
  Error unusable{Errc::internal,
                 "base_url must be http(s)://HOST[:PORT][/PATH]: '" + std::string(base_url) + "'"};
  auto url = boost::urls::parse_uri(base_url);
  if (!url || url->host().empty() || url->has_userinfo() || url->has_query() ||
      url->has_fragment()) {
    return unusable;
  }
  Target target;
  if (url->scheme_id() == boost::urls::scheme::https) {
    target.tls = true;
  } else if (url->scheme_id() == boost::urls::scheme::http) {
    target.tls = false;
  } else {
    return unusable;
  }
  target.host = bare_host(*url);
  target.port = url->has_port() ? std::string(url->port()) : (target.tls ? "443" : "80");
  target.host_field = std::string(url->encoded_host());
  if (url->has_port()) target.host_field += ":" + target.port;
  target.base_path = std::string(url->encoded_path());
  while (target.base_path.ends_with('/')) target.base_path.pop_back();

  target.connection_name = name_connections(target);
  if (!target.tls) return target;
  target.tls_client = std::make_shared<TlsClient>(target.host, authorities);
  if (!authorities.empty()) target.trusts = to_hex(crypto::view(crypto::sha256(authorities)));
  std::string_view proxy = either_case(env, "https_proxy", "HTTPS_PROXY");
  if (!proxy.empty() && !goes_direct(either_case(env, "no_proxy", "NO_PROXY"), target.host)) {
    Result<Proxy> parsed = parse_proxy(proxy);
    if (!parsed) return parsed.error();
    target.proxy = std::move(*parsed);
  }
  target.connection_name = name_connections(target);
  return target;
}

}  // namespace byok::upstream
