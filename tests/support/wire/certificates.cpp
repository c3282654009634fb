#include "tests/support/wire/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "tests/support/wire/digest.hpp"

namespace byok::testing {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;
using Bio = Handle<BIO, BIO_free_all>;

void check(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

void add_name(X509* certificate, const std::string& name) {
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
}

// A certificate without extensions and signature.
Certificate blank(EVP_PKEY* key, const Subject& subject) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char serial[8];
  check(RAND_bytes(serial, sizeof serial) == 1, "RAND_bytes");
  serial[0] &= 0x7f;
  Handle<BIGNUM, BN_free> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), subject.from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), subject.until);
  X509_set_pubkey(certificate.get(), key);
  add_name(certificate.get(), subject.common_name);
  if (!subject.second_common_name.empty()) add_name(certificate.get(), subject.second_common_name);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
  check(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  Bio out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(out.get(), certificate) == 1, "PEM_write_bio_X509");
  return text_of(out.get());
}

Certificate certificate_from(const std::string& pem) {
  Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  check(certificate != nullptr, "PEM_read_bio_X509");
  return certificate;
}

std::string fingerprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  check(size > 0, "i2d_X509");
  std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return sha256_hex(bytes);
}

}  // namespace

Authority::Authority(const std::string& name, const Authority* parent, long until)
    : key_(EVP_EC_gen("P-256")) {
  check(key_ != nullptr, "EVP_EC_gen");
  certificate_ = blank(key_.get(), {.common_name = name, .until = until});
  X509* self = certificate_.get();
  X509* issuer = parent ? parent->certificate_.get() : self;
  add_extension(self, issuer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(self, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, issuer, NID_subject_key_identifier, "hash");
  sign(self, issuer, parent ? parent->key_.get() : key_.get());
}

std::string Authority::pem() const { return pem_of(certificate_.get()); }

Issued Authority::issue(const Subject& subject) const {
  Key key(subject.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(subject.rsa_bits))
                               : EVP_EC_gen("P-256"));
  check(key != nullptr, "a key");
  Certificate certificate = blank(key.get(), subject);
  X509* issuer = subject.self_signed ? certificate.get() : certificate_.get();
  if (!subject.alt_names.empty()) {
    add_extension(certificate.get(), issuer, NID_subject_alt_name, subject.alt_names);
  }
  add_extension(certificate.get(), issuer, NID_ext_key_usage, subject.usage);
  sign(certificate.get(), issuer, subject.self_signed ? key.get() : key_.get());
  Bio out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "PEM_write_bio_PrivateKey");
  return {pem_of(certificate.get()), text_of(out.get())};
}

Subject server_subject() {
  return {.common_name = "byokd", .alt_names = "IP:127.0.0.1,DNS:localhost"};
}

void show(SSL_CTX* context, const Issued& issued) {
  Bio in(BIO_new_mem_buf(issued.key.data(), static_cast<int>(issued.key.size())));
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  check(key && SSL_CTX_use_certificate(context, certificate_from(issued.certificate).get()) == 1 &&
            SSL_CTX_use_PrivateKey(context, key.get()) == 1,
        "a certificate to show");
  Bio chain(
      BIO_new_mem_buf(issued.certificate.data(), static_cast<int>(issued.certificate.size())));
  Certificate first(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add0_chain_cert(context, next);
  }
}

ClientTls::ClientTls(const Authority& trusted) : context_(SSL_CTX_new(TLS_client_method())) {
  check(context_ && X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()),
                                        trusted.certificate_.get()) == 1,
        "SSL_CTX");
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
}

ClientTls& ClientTls::show(const Issued& issued) {
  testing::show(context_.get(), issued);
  return *this;
}

ClientTls& ClientTls::speak(int version) {
  SSL_CTX_set_security_level(context_.get(), 0);
  check(SSL_CTX_set_min_proto_version(context_.get(), version) == 1 &&
            SSL_CTX_set_max_proto_version(context_.get(), version) == 1,
        "a version of TLS");
  return *this;
}

std::string fingerprint_of(const std::string& pem) {
  return fingerprint_of(certificate_from(pem).get());
}

std::string fingerprint_of(const SSL* connection) {
  Certificate shown(SSL_get1_peer_certificate(connection));
  return shown ? fingerprint_of(shown.get()) : std::string();
}

}  // namespace byok::testing
