// TLS towards providers: verification settings and the session that the next handshake resumes.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <string>
#include <string_view>

#include "daemon/upstream/target.hpp"

namespace byok::upstream {

class TlsClient {
 public:
  // Trusts what `authorities` holds as PEM; where it is empty, the system's trust store. Throws
  // where there is no certificate in either.
  TlsClient(const std::string& host, std::string_view authorities);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  SSL_CTX* context() { return context_.native_handle(); }
  // Sets server name, host verification and the session to resume; before the handshake.
  void prepare(SSL* connection);

 private:
  boost::asio::ssl::context context_;
  std::string host_;
};

}  // namespace byok::upstream
