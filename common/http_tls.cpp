#include "common/http_tls.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "common/handle.hpp"

namespace byok {
namespace {

// A terminal may not be there, and the time to connect would pass meanwhile.
int refuse_passphrase(char*, int, int, void*) { return -1; }

HttpError unusable(const std::string& file, std::string_view what) {
  const std::string reason = tls_reason();
  // What the system said stands below what OpenSSL made of it.
  for (unsigned long error = ERR_get_error(); error != 0; error = ERR_get_error()) {
    if (ERR_SYSTEM_ERROR(error)) {
      const char* said = std::strerror(ERR_GET_REASON(error));
      ERR_clear_error();
      return {HttpFailure::unusable, fmt::format("{} cannot be read ({})", file, said)};
    }
  }
  return {HttpFailure::unusable,
          fmt::format("{} holds no {} that can be used ({})", file, what, reason)};
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string ip_address(std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

// As OpenSSL looks for a host's: the subject's common name counts where no other is there.
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const Handle<GENERAL_NAMES, GENERAL_NAMES_free> alternatives(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.emplace_back(bytes_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(ip_address(bytes_of(name->d.iPAddress)));
  }
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (names.empty() && at >= 0) {
    names.emplace_back(bytes_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  std::erase(names, std::string());
  return names;
}

// "a, b and 3 more"
std::string first_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  if (names.empty()) return "no name at all";
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size()));
  std::string text = fmt::format("{}", fmt::join(names.begin(), end, ", "));
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

HttpError misnamed(SSL* tls, const std::string& host) {
  // Of a handshake that failed there is no peer certificate, but for its chain.
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(tls);
  X509* certificate = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
  const auto names = certificate ? names_of(certificate) : std::vector<std::string>();
  return {HttpFailure::misnamed,
          fmt::format("its certificate is for {}, not for {}", first_of(names), host)};
}

HttpError distrusted(SSL* tls, long verdict, const std::string& host) {
  const auto refused = [verdict](HttpFailure failure) {
    return HttpError{failure, fmt::format("its certificate is not trusted ({})",
                                          X509_verify_cert_error_string(verdict))};
  };
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return misnamed(tls, host);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return refused(HttpFailure::untrusted);
    default:
      return refused(HttpFailure::invalid);
  }
}

}  // namespace

std::string tls_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? std::string() : reason;
}

HttpResult<void> use_tls_files(SSL_CTX* context, const HttpTlsFiles& files) {
  ERR_clear_error();
  if (files.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, files.authorities.c_str()) != 1) {
    return unusable(files.authorities, "authority");
  } else {
    // What the file names is trusted, whoever signed it.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  }
  if (files.certificate.empty()) return {};
  SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return unusable(files.certificate, "certificate");
  }
  const std::string& key = files.key.empty() ? files.certificate : files.key;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable(key, "key of the certificate");
  }
  return {};
}

HttpError explain_failed_handshake(SSL* tls, const std::string& host) {
  if (const long verdict = SSL_get_verify_result(tls); verdict != X509_V_OK) {
    return distrusted(tls, verdict, host);
  }
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  // What a server of another protocol makes of a hello: it hangs up, or answers in its own.
  if (error == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {HttpFailure::no_tls, "it hung up instead of speaking TLS"};
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    return {HttpFailure::no_tls, "it does not speak TLS"};
  }
  return {HttpFailure::disagreed, fmt::format("the two do not agree on TLS ({})", tls_reason())};
}

}  // namespace byok
