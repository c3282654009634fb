#include "daemon/service/last_used.hpp"

#include <cstring>
#include <memory>

#include "daemon/store/records.hpp"

namespace byok::service {
namespace {

constexpr net::Milliseconds interval{5'000};
// Bounds what the notes of very many tenants take of the writer's time; the rest waits its turn.
constexpr std::size_t most_at_once = 4'000;

store::KeyState state_of(std::optional<std::string_view> bytes) {
  if (!bytes) return {};
  return store::decode_key_state(*bytes).value_or(store::KeyState{});
}

// Moves up to `most` of the entries out.
template <class Map>
Map take_some(Map& from, std::size_t most) {
  if (from.size() <= most) return std::exchange(from, Map());
  Map taken;
  while (taken.size() < most) taken.insert(from.extract(from.begin()));
  return taken;
}

}  // namespace

std::size_t LastUsed::HashKeyName::operator()(const KeyName& name) const {
  return std::hash<TenantId>()(name.tenant) * 31 + std::hash<ProviderId>()(name.provider);
}

std::size_t LastUsed::HashDigest::operator()(const crypto::Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

LastUsed::LastUsed(net::Deadlines& clock, store::Writer& writer)
    : writer_(writer), next_(clock, [this] {
        flush_some(most_at_once);
        next_.set(interval);
      }) {
  next_.set(interval);
}

void LastUsed::note_key(const TenantId& tenant, const ProviderId& provider) {
  keys_[{tenant, provider}] = now();
}

void LastUsed::note_token(const crypto::Digest& hash) { tokens_[hash] = now(); }

void LastUsed::flush() { flush_some(keys_.size() + tokens_.size()); }

void LastUsed::flush_some(std::size_t most) {
  if (keys_.empty() && tokens_.empty()) return;
  auto keys = std::make_shared<Keys>(take_some(keys_, most));
  auto tokens = std::make_shared<Tokens>(take_some(tokens_, most));
  writer_.submit(
      [keys, tokens](store::WriteTxn& txn) -> Result<void> {
        for (const auto& [name, used_at] : *keys) {
          store::TenantEdit tenant = txn.edit(name.tenant);
          if (!tenant.key(name.provider)) continue;
          store::KeyState state = state_of(tenant.key_state(name.provider));
          state.last_used_at = used_at;
          tenant.put_key_state(name.provider, encode(state));
        }
        for (const auto& [hash, used_at] : *tokens) {
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
