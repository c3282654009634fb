// Whom a connection by itself proves its peer to be, for requests that bear no credential: the
// operator at a Unix socket, or whoever a client certificate stands for.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <optional>

#include "daemon/http/server_tls.hpp"
#include "daemon/service/principal.hpp"

namespace byok::http {

class PeerProof {
 public:
  // `operator_uid`: of a Unix socket's peer that may act as an operator.
  explicit PeerProof(std::optional<uid_t> operator_uid);

  // The certificate that the peer has shown, if any, counts from here on. Both outlive this.
  void take_certificate(const TlsSource& source, const SSL* connection);

  // Null where that is nobody. A certificate counts as far as what is read of it now says so: it
  // may have been taken out of the map, or have expired, since the handshake.
  const service::Principal* principal();

 private:
  void ask();

  std::optional<service::Principal> principal_;
  const TlsSource* source_ = nullptr;  // null where there is no certificate
  const SSL* connection_ = nullptr;
  std::uint64_t generation_ = 0;  // of what principal_ was made with
  UnixTime until_ = 0;
};

}  // namespace byok::http
