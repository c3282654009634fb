// A certificate authority that lives as long as the process, and server certificates of every kind
// that a client has to tell apart.
#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/handle.hpp"
#include "tests/support/wire/certificates.hpp"

namespace byok::fake {

enum class CertificateKind { valid, expired, wrong_host, self_signed };

// "valid", "expired", "wrong-host" or "self-signed".
std::optional<CertificateKind> kind_from_name(std::string_view name);

using ServerContext = Handle<SSL_CTX, SSL_CTX_free>;

class Authority {
 public:
  // Writes the authority's certificate; throws where it cannot.
  void write_pem(const std::string& file) const;
  // A server for 127.0.0.1 and localhost with a fresh certificate of that kind.
  ServerContext server(CertificateKind kind) const;

 private:
  testing::Authority authority_{"byok test authority"};
};

}  // namespace byok::fake
