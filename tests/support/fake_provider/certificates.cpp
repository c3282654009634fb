#include "tests/support/fake_provider/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace byok::fake {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;

constexpr long day = 24 * 60 * 60;

void check(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

// A certificate without extensions and signature.
Certificate blank(EVP_PKEY* key, const char* name, long from, long until) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char serial[8];
  check(RAND_bytes(serial, sizeof serial) == 1, "RAND_bytes");
  serial[0] &= 0x7f;
  Handle<BIGNUM, BN_free> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
  check(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
}

}  // namespace

std::optional<CertificateKind> kind_from_name(std::string_view name) {
  if (name == "valid") return CertificateKind::valid;
  if (name == "expired") return CertificateKind::expired;
  if (name == "wrong-host") return CertificateKind::wrong_host;
  if (name == "self-signed") return CertificateKind::self_signed;
  return std::nullopt;
}

Authority::Authority() : key_(EVP_EC_gen("P-256")) {
  check(key_ != nullptr, "EVP_EC_gen");
  certificate_ = blank(key_.get(), "byok test authority", -day, day);
  X509* self = certificate_.get();
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  sign(self, self, key_.get());
}

void Authority::write_pem(const std::string& file) const {
  Handle<BIO, BIO_free_all> out(BIO_new_file(file.c_str(), "w"));
  check(out && PEM_write_bio_X509(out.get(), certificate_.get()) == 1, file.c_str());
}

ServerContext Authority::server(CertificateKind kind) const {
  const bool expired = kind == CertificateKind::expired;
  const bool self_signed = kind == CertificateKind::self_signed;
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate =
      blank(key.get(), "byok fake provider", expired ? -3 * day : -day, expired ? -2 * day : day);
  X509* issuer = self_signed ? certificate.get() : certificate_.get();
  add_extension(
      certificate.get(), issuer, NID_subject_alt_name,
      kind == CertificateKind::wrong_host ? "DNS:elsewhere.invalid" : "IP:127.0.0.1,DNS:localhost");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth");
  sign(certificate.get(), issuer, self_signed ? key.get() : key_.get());

  ServerContext context(SSL_CTX_new(TLS_server_method()));
  check(context && SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
        "SSL_CTX");
  return context;
}

}  // namespace byok::fake
