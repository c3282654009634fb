// The records that hold no secret, as bytes and back. Each opens with a magic, a kind and a
// version; an unknown version is refused, never guessed. Their authentication is the vault's, not
// ours.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/ids.hpp"
#include "common/time.hpp"
#include "common/token.hpp"

namespace byok::store {

// A stored provider key, as its tenant's record lists it: a listed key that is missing, or that was
// sealed under another DEK version, has been tampered with.
struct ListedKey {
  ProviderId provider;
  std::uint64_t dek_version;
};

// What a tenant is held to in place of what the settings say of all. Nothing: as they say; 0: to
// nothing.
struct LimitOverrides {
  std::optional<std::uint32_t> rps;          // requests a second
  std::optional<std::uint32_t> concurrency;  // requests in flight

  bool operator==(const LimitOverrides&) const = default;
};

struct TenantRecord {
  UnixTime created_at = 0;
  bool global_fallback = true;    // may use the operator's key where it has none of its own
  std::uint64_t dek_counter = 0;  // the last DEK version that was given out; never reused
  boost::container::small_vector<ListedKey, 4> keys;
  LimitOverrides limits{};

  const ListedKey* find(const ProviderId& provider) const;
};

std::string encode(const TenantRecord& record);
// Nothing where the bytes are not a tenant's record of a version that we know.
std::optional<TenantRecord> decode_tenant(std::string_view bytes);
// Whether a tenant's record says that limits are in it. Cheap, and true or not: whoever goes by
// them has the record proved and decoded first.
bool claims_limits(std::string_view bytes);

struct TokenRecord {
  std::string id;  // tok_ and 16 base62 characters
  std::string name;
  std::optional<TenantId> tenant;  // none: an operator's token
  Scope scope = Scope::chat;
  UnixTime created_at = 0;
  UnixTime expires_at = 0;  // 0: never
};

std::string encode(const TokenRecord& record);
std::optional<TokenRecord> decode_token(std::string_view bytes);

// A link by which a provider key is handed over, once.
struct LinkRecord {
  std::string id;  // lnk_ and 16 base62 characters
  TenantId tenant;
  ProviderId provider;
  std::string note;
  UnixTime created_at = 0;
  UnixTime expires_at = 0;
  UnixTime used_at = 0;     // 0: never
  UnixTime revoked_at = 0;  // 0: never
};

std::string encode(const LinkRecord& record);
std::optional<LinkRecord> decode_link(std::string_view bytes);

enum class KeyStatus : std::uint8_t { active = 0, restricted = 1, rejected = 2 };

// What is known of a key or token besides its record: written now and then, unauthenticated, and
// trusted with nothing.
struct KeyState {
  UnixTime last_used_at = 0;  // 0: never
  KeyStatus status = KeyStatus::active;
};

std::string encode(const KeyState& state);
std::optional<KeyState> decode_key_state(std::string_view bytes);

// Whose key a call was made with.
enum class KeySource : char { tenant = 't', global = 'g' };

// What a tenant's calls of one day are counted by.
struct UsageRow {
  Day day = 0;
  ProviderId provider;
  std::string model;  // no zero byte in it; empty for calls that name none
  KeySource source = KeySource::tenant;
};

// As the end of a key: rows lie in the order of their days.
std::string encode(const UsageRow& row);
std::optional<UsageRow> decode_usage_row(std::string_view bytes);
// What the rows of that day, and of all later ones, are not less than.
std::string usage_rows_from(Day day);

struct UsageCounts {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // those of them that failed
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;

  // Stays at the largest number rather than begin anew.
  UsageCounts& operator+=(const UsageCounts& more);
  bool operator==(const UsageCounts&) const = default;
};

std::string encode(const UsageCounts& counts);
std::optional<UsageCounts> decode_usage_counts(std::string_view bytes);

}  // namespace byok::store
