#include "daemon/http/peer_proof.hpp"

#include <fmt/format.h>

namespace byok::http {

PeerProof::PeerProof(std::optional<uid_t> operator_uid) {
  if (!operator_uid) return;
  principal_ = service::Principal{
      true, Scope::admin, {}, service::CallerName(fmt::format("uid {}", *operator_uid))};
}

void PeerProof::take_certificate(const TlsSource& source, const SSL* connection) {
  if (SSL_get0_peer_certificate(connection) == nullptr) return;
  source_ = &source;
  connection_ = connection;
}

const service::Principal* PeerProof::principal() {
  if (source_ != nullptr) {
    if (source_->generation() != generation_) ask();
    if (principal_ && until_ < now()) principal_.reset();
  }
  return principal_ ? &*principal_ : nullptr;
}

void PeerProof::ask() {
  // Read first: what is replaced meanwhile is asked for the next time.
  generation_ = source_->generation();
  principal_.reset();
  const auto proof = source_->current()->proof_of(connection_);
  if (!proof) return;
  const std::optional<TenantId>& tenant = proof->role.tenant;
  principal_ =
      service::Principal{!tenant, tenant ? Scope::full : Scope::admin, tenant.value_or(TenantId()),
                         service::CallerName("cert " + proof->role.common_name)};
  until_ = proof->until;
}

}  // namespace byok::http
