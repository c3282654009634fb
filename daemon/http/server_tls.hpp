// TLS of the https:// listeners: certificate, key and what is asked of clients, as one thing that
// is made whole from its files before it takes the place of the one before.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/time.hpp"
#include "daemon/http/tls_files.hpp"
#include "daemon/settings.hpp"

namespace byok::http {

// Whom a client certificate stands for, and how long: as long as all that vouches for it holds.
struct CertificateProof {
  daemon::ClientRole role;
  UnixTime until;
};

// Immutable; any thread may use it.
class ServerTls {
 public:
  // For new connections, which hold it for themselves from SSL_new on. TLS 1.2 and 1.3 with forward
  // secrecy and authenticated encryption only. Resumes sessions over TLS 1.3, for an hour and
  // within this context alone; none where clients may show certificates, so that each is verified.
  SSL_CTX* context() const { return context_.get(); }

  // Whom the peer of `connection` has proved to be, verified against this one's client CA whichever
  // context the handshake was made with. Nothing without a certificate, with one that is not mapped
  // or no longer holds.
  std::optional<CertificateProof> proof_of(const SSL* connection) const;

  // The certificate's last second, and the SHA-256 of it in hex.
  UnixTime not_after() const { return not_after_; }
  const std::string& fingerprint() const { return fingerprint_; }
  // The SHA-256 of all that tls.cert holds, and of all that tls.client_ca does: empty without one.
  const std::string& chain_digest() const { return chain_digest_; }
  const std::string& client_ca_digest() const { return client_ca_digest_; }
  // What an operator should know of what was read, though it can be served: a sentence each.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend Result<std::shared_ptr<const ServerTls>> load_server_tls(
      const daemon::TlsSettings& settings, uid_t reader);

  ServerTls();
  Result<void> use_certificate(const daemon::TlsSettings& settings, uid_t reader);
  Result<void> ask_clients(const daemon::TlsSettings& settings);
  void note_warnings(const daemon::TlsSettings& settings, const std::vector<Certificate>& chain);

  Handle<SSL_CTX, SSL_CTX_free> context_;
  std::vector<daemon::ClientRole> roles_;
  UnixTime not_after_ = 0;
  std::string fingerprint_;
  std::string chain_digest_;
  std::string client_ca_digest_;
  std::vector<std::string> warnings_;
};

// Reads all files anew. `reader` is the user who runs byokd. Errc::bad_request, with a sentence
// that names setting and file, where one cannot be read, the key file is open to others, the key is
// another certificate's, or OpenSSL calls either too weak.
Result<std::shared_ptr<const ServerTls>> load_server_tls(const daemon::TlsSettings& settings,
                                                         uid_t reader);

// The one that new connections get. Any thread may call any of it.
class TlsSource {
 public:
  explicit TlsSource(std::shared_ptr<const ServerTls> first) : current_(std::move(first)) {}

  // Connections that stand keep what they have shaken hands with; whom their certificates stand for
  // is asked anew.
  void replace(std::shared_ptr<const ServerTls> next);
  std::shared_ptr<const ServerTls> current() const;
  // Goes up with each replace().
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ServerTls> current_;
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace byok::http
