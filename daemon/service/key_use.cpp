#include "daemon/service/key_use.hpp"

#include "daemon/vault/vault.hpp"

namespace byok::service {

store::KeyState state_of(std::optional<std::string_view> bytes) {
  if (!bytes) return {};
  return store::decode_key_state(*bytes).value_or(store::KeyState{});
}

std::optional<store::KeyStatus> status_of(providers::KeyVerdict verdict) {
  switch (verdict) {
    case providers::KeyVerdict::valid:
      return store::KeyStatus::active;
    case providers::KeyVerdict::restricted:
      return store::KeyStatus::restricted;
    case providers::KeyVerdict::rejected:
      return store::KeyStatus::rejected;
    case providers::KeyVerdict::unknown:
      break;
  }
  return std::nullopt;
}

void write_use(store::WriteTxn& txn, const KeyUse& use, UnixTime used_at) {
  store::TenantEdit tenant = txn.edit(use.tenant);
  auto sealed = tenant.key(use.provider);
  if (!sealed) return;
  auto header = vault::peek_key_header(*sealed);
  if (!header || header->dek_version != use.version) return;
  store::KeyState state = state_of(tenant.key_state(use.provider));
  state.last_used_at = used_at;
  state.status = status_of(use.verdict).value_or(state.status);
  tenant.put_key_state(use.provider, encode(state));
}

void write_use(store::WriteTxn& txn, const crypto::Digest& token, UnixTime used_at) {
  if (!txn.token(token)) return;
  store::KeyState state = state_of(txn.token_state(token));
  state.last_used_at = used_at;
  txn.put_token_state(token, encode(state));
}

}  // namespace byok::service
