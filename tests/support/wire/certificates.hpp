// Certificates of the tests' own making, of every kind that a server or client has to tell apart.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "common/handle.hpp"

namespace byok::testing {

// What a certificate is to say. Times are seconds from now.
struct Subject {
  std::string common_name = "byok test";
  std::string second_common_name = {};  // empty: there is one
  std::string alt_names = {};           // "IP:127.0.0.1,DNS:localhost"; empty: none
  std::string usage = "serverAuth";
  long from = -24L * 60 * 60;
  long until = 30L * 24 * 60 * 60;
  int rsa_bits = 0;  // 0: a key on P-256
  bool self_signed = false;
};

// Both PEM.
struct Issued {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  // Of its own, or signed by another; for so many seconds from now.
  explicit Authority(const std::string& name, const Authority* parent = nullptr,
                     long until = 30L * 24 * 60 * 60);

  // Its certificate, PEM.
  std::string pem() const;
  Issued issue(const Subject& subject) const;

 private:
  friend class ClientTls;
  Handle<EVP_PKEY, EVP_PKEY_free> key_;
  Handle<X509, X509_free> certificate_;
};

// A server for 127.0.0.1.
Subject server_subject();

// Has a side of TLS show the certificate, and what stands behind it in its PEM as its chain.
void show(SSL_CTX* context, const Issued& issued);

// TLS as a client that trusts that authority alone.
class ClientTls {
 public:
  explicit ClientTls(const Authority& trusted);
  // Shows the certificate to a server that asks.
  ClientTls& show(const Issued& issued);
  // The one version that is spoken, TLS1_1_VERSION say, however weak.
  ClientTls& speak(int version);
  SSL_CTX* context() const { return context_.get(); }

 private:
  Handle<SSL_CTX, SSL_CTX_free> context_;
};

// The SHA-256 of what a certificate's PEM holds, in hex.
std::string fingerprint_of(const std::string& pem);
// The same of what the peer of a connection has shown.
std::string fingerprint_of(const SSL* connection);

}  // namespace byok::testing
