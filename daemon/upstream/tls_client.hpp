// TLS towards providers: verification settings and the session that the next handshake resumes.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <mutex>
#include <string>

#include "common/handle.hpp"
#include "daemon/upstream/target.hpp"

namespace byok::upstream {

class TlsClient {
 public:
  // Throws where the trust store cannot be read.
  TlsClient(const std::string& host, const std::filesystem::path& ca_file);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  boost::asio::ssl::context& context() { return context_; }
  // Sets server name, host verification and the session to resume; before the handshake.
  void prepare(SSL* connection);

 private:
  using Session = Handle<SSL_SESSION, SSL_SESSION_free>;
  static int keep_session(SSL* connection, SSL_SESSION* session);

  boost::asio::ssl::context context_;
  std::string host_;
  std::mutex mutex_;  // sessions arrive on any worker's thread; never held over I/O
  Session session_;
};

}  // namespace byok::upstream
