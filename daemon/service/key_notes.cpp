#include "daemon/service/key_notes.hpp"

#include <cstring>
#include <functional>
#include <memory>

#include "daemon/store/records.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::service {
namespace {

constexpr net::Milliseconds interval{5'000};
constexpr std::size_t most_notes = 2'000;  // of keys, and of tokens, in an interval

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

}  // namespace

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

KeyNotes::KeyNotes(net::Deadlines& deadlines, store::Writer& writer)
    : writer_(writer), next_(deadlines, [this] {
        flush();
        next_.set(interval);
      }) {
  next_.set(interval);
}

bool KeyNotes::is_noted(std::uint64_t hash) {
  std::uint64_t& place = noted_[hash % noted_.size()];
  if (place == hash) return true;
  place = hash;
  return false;
}

void KeyNotes::note_key(const KeyUse& use) {
  if (notes_.keys.size() == most_notes) return;
  std::uint64_t hash =
      std::hash<TenantId>()(use.tenant) * 31 + std::hash<ProviderId>()(use.provider);
  hash = hash * 31 + use.version * 4 + static_cast<std::uint64_t>(use.verdict);
  if (is_noted(hash)) return;
  notes_.keys.push_back(use);
  if (use.verdict == providers::KeyVerdict::rejected) next_.set(net::Milliseconds(0));
}

void KeyNotes::note_token(const crypto::Digest& hash) {
  if (notes_.tokens.size() == most_notes) return;
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, hash.data(), sizeof beginning);
  if (!is_noted(beginning)) notes_.tokens.push_back(hash);
}

void KeyNotes::flush() {
  if (notes_.keys.empty() && notes_.tokens.empty()) return;
  noted_.fill(0);
  // The time of the writing, up to one interval late, serves for all.
  auto notes = std::make_shared<const Notes>(std::exchange(notes_, {}));
  UnixTime used_at = now();
  writer_.submit(
      [notes, used_at](store::WriteTxn& txn) -> Result<void> {
        for (const KeyUse& use : notes->keys) write_use(txn, use, used_at);
        for (const crypto::Digest& hash : notes->tokens) {
          if (!txn.token(hash)) continue;
          store::KeyState state = state_of(txn.token_state(hash));
          state.last_used_at = used_at;
          txn.put_token_state(hash, encode(state));
        }
        return {};
      },
      [](Result<void>) {});
}

}  // namespace byok::service
