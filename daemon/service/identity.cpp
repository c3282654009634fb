#include "daemon/service/identity.hpp"

#include "daemon/service/authentic.hpp"

namespace byok::service {

Error unauthorized() {
  return {Errc::unauthorized, "a valid byok token is needed: send it as 'Authorization: Bearer'"};
}

Result<Principal> identify(Worker& worker, std::string_view token) {
  if (!token_scope(token)) return unauthorized();
  crypto::Digest hash = crypto::sha256(token);
  store::ReadTxn txn = worker.reader.begin();
  auto record = load_token(worker.shared.vault, txn, hash);
  if (!record) {
    if (record.error().code == Errc::key_unreadable) {
      worker.shared.log.error("token.unreadable", {{"reason", "its record does not authenticate"}});
      worker.shared.trail.count("token.unreadable", {});
    }
    return unauthorized();
  }
  if (record->expires_at != 0 && record->expires_at <= now()) return unauthorized();
  worker.key_notes.note_token(hash);
  bool is_operator = record->scope == Scope::admin;
  if (is_operator == record->tenant.has_value()) return unauthorized();
  return Principal{is_operator, record->scope, record->tenant.value_or(TenantId()),
                   CallerName(record->id)};
}

}  // namespace byok::service
