#include "tests/support/fake_provider/certificates.hpp"

#include <fstream>
#include <stdexcept>

namespace byok::fake {
namespace {

testing::Subject subject_of(CertificateKind kind) {
  constexpr long day = 24L * 60 * 60;
  testing::Subject subject = testing::server_subject();
  subject.common_name = "byok fake provider";
  switch (kind) {
    case CertificateKind::valid:
      break;
    case CertificateKind::expired:
      subject.from = -3 * day;
      subject.until = -2 * day;
      break;
    case CertificateKind::wrong_host:
      subject.alt_names = "DNS:elsewhere.invalid";
      break;
    case CertificateKind::self_signed:
      subject.self_signed = true;
      break;
  }
  return subject;
}

}  // namespace

std::optional<CertificateKind> kind_from_name(std::string_view name) {
  if (name == "valid") return CertificateKind::valid;
  if (name == "expired") return CertificateKind::expired;
  if (name == "wrong-host") return CertificateKind::wrong_host;
  if (name == "self-signed") return CertificateKind::self_signed;
  return std::nullopt;
}

void Authority::write_pem(const std::string& file) const {
  std::ofstream out(file);
  out << authority_.pem() << std::flush;
  if (!out) throw std::runtime_error("cannot write " + file);
}

ServerContext Authority::server(CertificateKind kind) const {
  ServerContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) throw std::runtime_error("OpenSSL: SSL_CTX_new");
  testing::show(context.get(), authority_.issue(subject_of(kind)));
  return context;
}

}  // namespace byok::fake
