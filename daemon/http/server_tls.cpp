#include "daemon/http/server_tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <new>
#include <string_view>
#include <utility>

#include "common/encoding.hpp"
#include "common/hash.hpp"

namespace byok::http {
namespace {

constexpr int security_level = 2;  // OpenSSL's: keys of 112 bits' strength, no SHA-1 signatures
constexpr UnixTime session_lifetime = 60 * 60;
constexpr UnixTime soon = 14 * 24 * 60 * 60;

constexpr char tls12_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr char groups[] = "X25519:P-256:P-384";

void must(long done) {
  if (done != 1) throw std::bad_alloc();
}

UnixTime unix_time(const ASN1_TIME* time) {
  std::tm broken_down{};
  return ASN1_TIME_to_tm(time, &broken_down) == 1 ? timegm(&broken_down) : 0;
}

std::string fingerprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size < 0) throw std::bad_alloc();
  const crypto::Digest digest =
      crypto::sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return to_hex(crypto::view(digest));
}

std::string digest_of(const std::vector<Certificate>& certificates) {
  std::string fingerprints;
  for (const Certificate& each : certificates) fingerprints += fingerprint_of(each.get());
  return to_hex(crypto::view(crypto::sha256(fingerprints)));
}

// The one common name of the subject; nothing where there are none or several.
std::optional<std::string> common_name_of(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return std::nullopt;
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return std::nullopt;
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name;
}

// HTTP/1.1 is all that is spoken here (RFC 7301 section 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  constexpr static unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, http11, sizeof http11, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// A ticket of TLS 1.2 holds the very secret of its session, under a key that lives as long as the
// context; TLS 1.3 makes a new secret with each resumption.
int no_old_tickets(SSL* connection, void*) {
  if (SSL_version(connection) < TLS1_3_VERSION) SSL_set_options(connection, SSL_OP_NO_TICKET);
  return 1;
}

const char* openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "no reason given";
}

}  // namespace

ServerTls::ServerTls() : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* ctx = context_.get();
  if (ctx == nullptr) throw std::bad_alloc();
  SSL_CTX_set_security_level(ctx, security_level);
  must(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION));
  must(SSL_CTX_set_cipher_list(ctx, tls12_ciphers));
  must(SSL_CTX_set1_groups_list(ctx, groups));
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                               SSL_OP_CLEANSE_PLAINTEXT);
  // The chain is what the file says: not what could be made of the clients' authorities.
  SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(ctx, session_lifetime);
  SSL_CTX_set_num_tickets(ctx, 1);
  SSL_CTX_set_cert_cb(ctx, no_old_tickets, nullptr);
  SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, nullptr);
}

Result<void> ServerTls::use_certificate(const daemon::TlsSettings& settings, uid_t reader) {
  auto chain = read_certificates("tls.cert", settings.cert);
  if (!chain) return chain.error();
  auto key = read_private_key(settings.key, reader);
  if (!key) return key.error();
  SSL_CTX* ctx = context_.get();
  X509* own = chain->front().get();
  auto refused = [](std::string_view setting, const std::filesystem::path& file,
                    std::string_view mend) {
    Error error{Errc::bad_request, fmt::format("{}: {} cannot be used ({}): {}", setting,
                                               file.native(), openssl_reason(), mend)};
    ERR_clear_error();
    return error;
  };
  ERR_clear_error();
  if (X509_check_private_key(own, key->get()) != 1) {
    ERR_clear_error();
    return Error{Errc::bad_request,
                 fmt::format("tls.key: {} is not the key of the certificate in {}: name the two "
                             "that belong together, the certificate before its chain",
                             settings.key.native(), settings.cert.native())};
  }
  if (SSL_CTX_use_certificate(ctx, own) != 1) {
    return refused("tls.cert", settings.cert, "have one made with a stronger key");
  }
  for (auto it = chain->begin() + 1; it != chain->end(); ++it) {
    if (SSL_CTX_add1_chain_cert(ctx, it->get()) != 1) {
      return refused("tls.cert", settings.cert, "have one made whose chain is stronger");
    }
  }
  if (SSL_CTX_use_PrivateKey(ctx, key->get()) != 1) {
    return refused("tls.key", settings.key, "have a certificate made for another kind of key");
  }
  not_after_ = unix_time(X509_get0_notAfter(own));
  fingerprint_ = fingerprint_of(own);
  chain_digest_ = digest_of(*chain);
  note_warnings(settings, *chain);
  return {};
}

void ServerTls::note_warnings(const daemon::TlsSettings& settings,
                              const std::vector<Certificate>& chain) {
  auto warn = [&](std::string_view what) {
    warnings_.push_back(fmt::format("tls.cert: {} {}", settings.cert.native(), what));
  };
  const UnixTime today = now();
  if (not_after_ < today) {
    warn(fmt::format("expired on {}: clients will refuse it, put a new one there",
                     to_rfc3339(not_after_)));
  } else if (not_after_ < today + soon) {
    warn(fmt::format("expires on {}: put a new one there before", to_rfc3339(not_after_)));
  }
  const UnixTime begins = unix_time(X509_get0_notBefore(chain.front().get()));
  if (begins > today) {
    warn(fmt::format("is not valid before {}: look at the clock, or wait", to_rfc3339(begins)));
  }
  auto breaks = [](const Certificate& issued, const Certificate& issuer) {
    return X509_check_issued(issuer.get(), issued.get()) != X509_V_OK;
  };
  if (std::adjacent_find(chain.begin(), chain.end(), breaks) != chain.end()) {
    warn("holds certificates out of order: each must be followed by the one that signed it");
  }
}

Result<void> ServerTls::ask_clients(const daemon::TlsSettings& settings) {
  if (settings.client_ca.empty()) return {};
  auto authorities = read_certificates("tls.client_ca", settings.client_ca);
  if (!authorities) return authorities.error();
  SSL_CTX* ctx = context_.get();
  for (const Certificate& authority : *authorities) {
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority.get()));
    must(SSL_CTX_add_client_CA(ctx, authority.get()));
  }
  // An authority that the file names is trusted, whoever signed it.
  must(X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx), X509_V_FLAG_PARTIAL_CHAIN));
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(ctx, 0);
  roles_ = settings.client_map;
  client_ca_digest_ = digest_of(*authorities);
  return {};
}

std::optional<CertificateProof> ServerTls::proof_of(const SSL* connection) const {
  X509* certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr || roles_.empty()) return std::nullopt;
  const std::optional<std::string> name = common_name_of(certificate);
  auto role = std::find_if(roles_.begin(), roles_.end(),
                           [&](const daemon::ClientRole& one) { return one.common_name == name; });
  if (role == roles_.end()) return std::nullopt;

  const Handle<X509_STORE_CTX, X509_STORE_CTX_free> check(X509_STORE_CTX_new());
  if (!check) throw std::bad_alloc();
  must(X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context_.get()), certificate,
                           SSL_get_peer_cert_chain(connection)));
  must(X509_STORE_CTX_set_default(check.get(), "ssl_client"));
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(check.get()), security_level);
  const bool holds = X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  if (!holds) return std::nullopt;
  UnixTime until = unix_time(X509_get0_notAfter(certificate));
  // Owned by the check; it has one certificate at least.
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(check.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    until = std::min(until, unix_time(X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return CertificateProof{*role, until};
}

Result<std::shared_ptr<const ServerTls>> load_server_tls(const daemon::TlsSettings& settings,
                                                         uid_t reader) {
  std::shared_ptr<ServerTls> made(new ServerTls);
  if (auto done = made->use_certificate(settings, reader); !done) return done.error();
  if (auto done = made->ask_clients(settings); !done) return done.error();
  return std::shared_ptr<const ServerTls>(std::move(made));
}

void TlsSource::replace(std::shared_ptr<const ServerTls> next) {
  {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const ServerTls> TlsSource::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace byok::http
