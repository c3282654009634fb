#include "daemon/service/last_used.hpp"

#include <cstring>
#include <functional>
#include <memory>

#include "daemon/store/records.hpp"

namespace byok::service {
namespace {

constexpr net::Milliseconds interval{5'000};
constexpr std::size_t most_notes = 2'000;  // of keys, and of tokens, in an interval

store::KeyState state_of(std::optional<std::string_view> bytes) {
  if (!bytes) return {};
  return store::decode_key_state(*bytes).value_or(store::KeyState{});
}

}  // namespace

LastUsed::LastUsed(net::Deadlines& deadlines, store::Writer& writer)
    : writer_(writer), next_(deadlines, [this] {
        flush();
        next_.set(interval);
      }) {
  next_.set(interval);
}

bool LastUsed::is_noted(std::uint64_t hash) {
  std::uint64_t& place = noted_[hash % noted_.size()];
  if (place == hash) return true;
  place = hash;
  return false;
}

void LastUsed::note_key(const TenantId& tenant, const ProviderId& provider) {
  if (notes_.keys.size() == most_notes) return;
  std::uint64_t hash = std::hash<TenantId>()(tenant) * 31 + std::hash<ProviderId>()(provider);
  if (!is_noted(hash)) notes_.keys.push_back({tenant, provider});
}

void LastUsed::note_token(const crypto::Digest& hash) {
  if (notes_.tokens.size() == most_notes) return;
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, hash.data(), sizeof beginning);
  if (!is_noted(beginning)) notes_.tokens.push_back(hash);
}

void LastUsed::flush() {
  if (notes_.keys.empty() && notes_.tokens.empty()) return;
  noted_.fill(0);
  // The time of the writing, up to one interval late, serves for all.
  auto notes = std::make_shared<const Notes>(std::exchange(notes_, {}));
  UnixTime used_at = now();
  writer_.submit(
      [notes, used_at](store::WriteTxn& txn) -> Result<void> {
        for (const KeyName& name : notes->keys) {
          store::TenantEdit tenant = txn.edit(name.tenant);
          if (!tenant.key(name.provider)) continue;
          store::KeyState state = state_of(tenant.key_state(name.provider));
          state.last_used_at = used_at;
          tenant.put_key_state(name.provider, encode(state));
        }
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
