// TLS towards providers: verification settings and the session that the next handshake resumes.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "daemon/upstream/target.hpp"

namespace byok::upstream {

class TlsClient {
 public:
  // Throws where the trust store cannot be read.
  TlsClient(const std::string& host, const std::filesystem::path& ca_file);
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
