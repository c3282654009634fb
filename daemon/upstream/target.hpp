// Where a provider's calls go: fixed by the configuration, never by a request.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace byok::upstream {

// The HTTP proxy that stands between (HTTPS_PROXY): reached by CONNECT.
struct Proxy {
  std::string host;
  std::string port;
  std::string authorization;  // the value of Proxy-Authorization; empty: none
};

// Verified TLS as a client: the peer's certificate must chain to the system's store, or to the
// authorities given, and name the host. Holds the last session for resumption.
class TlsClient;

struct Target {
  std::string host;  // name or address, without brackets
  std::string port;
  bool tls = true;
  std::string base_path;   // what stands before every path: "" or "/openai"
  std::string host_field;  // the value of the Host header
  std::optional<Proxy> proxy;
  std::shared_ptr<TlsClient> tls_client;  // set where tls is
  std::string trusts;  // the SHA-256, in hex, of the authorities given; empty: the system's store
  // The same for two targets where a connection that was made to one may serve the other.
  std::string connection_name;
  std::size_t slot = 0;  // of its counters, see metrics/slots.hpp
};

// `base_url` is http(s)://HOST[:PORT][/PATH]. `authorities`: PEM; empty: the system's trust store.
// `env` gives the value of an environment variable, or null: HTTPS_PROXY and NO_PROXY count, in
// either case of letters, for https targets. Fails with a sentence for the operator, and throws
// where TLS has nobody to trust.
Result<Target> make_target(std::string_view base_url, std::string_view authorities,
                           const std::function<const char*(const char*)>& env);

// Has the system's trust store read anew for the targets that are made from here on. Not while
// another thread makes one.
void forget_trust_store();

}  // namespace byok::upstream
