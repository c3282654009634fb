#include "daemon/store/records.hpp"

#include <limits>
#include <stdexcept>

#include "common/encoding.hpp"

// Integers are big-endian. Each record opens with
//
//   offset  size
//        0     3  "byk"
//        3     1  kind
//        4     1  version, 1
//
// and goes on, with nothing behind its last field:
//
//   'T', a tenant                  't', a token                    's', a state
//   8  createdAt                   8  createdAt                    8  lastUsedAt, 0 for never
//   1  flags: 1, global fallback;  8  expiresAt, 0 for never       1  status
//      2, rps; 4, concurrency      1  scope
//   8  DEK counter                 1  id's length, then the id
//   2  number of keys, then each   2  name's length, then the name
//      1  provider's length        1  tenant's length, then the tenant; 0: an operator's
//         and the provider
//      8  DEK version
//   4  requests a second, if 2
//   4  requests in flight, if 4; of both, 0 for no limit
//
// A tenant without limits of its own has the record that versions without them wrote, and read.
//
//   'l', a link
//   8  createdAt, then expiresAt, usedAt and revokedAt; of these two, 0 for never
//   1  id's length, then the id; likewise the tenant and the provider
//   2  note's length, then the note
//
//   'u', counts of calls
//   8  requests, then errors, tokens in, tokens out
//
// The row that counts lie under is no record, but the end of a key: day (4, big-endian), provider,
// zero byte, model, zero byte, source (1).
namespace byok::store {
namespace {

constexpr std::string_view magic = "byk";
constexpr char version = 1;

enum TenantFlag : std::uint8_t { global_fallback_flag = 1, rps_flag = 2, concurrency_flag = 4 };
constexpr std::uint8_t limit_flags = rps_flag | concurrency_flag;
constexpr std::uint8_t tenant_flags = global_fallback_flag | limit_flags;

enum class Kind : char { tenant = 'T', token = 't', link = 'l', state = 's', usage = 'u' };

// As stored; the order in which Scope is declared may change.
constexpr Scope stored_scopes[] = {Scope::full, Scope::chat, Scope::admin};

std::string begin(Kind kind, std::size_t size_hint) {
  std::string out;
  out.reserve(magic.size() + 2 + size_hint);
  out.append(magic).push_back(static_cast<char>(kind));
  out.push_back(version);
  return out;
}

void put_u32(std::string& out, std::uint32_t value) {
  put_u16(out, static_cast<std::uint16_t>(value >> 16));
  put_u16(out, static_cast<std::uint16_t>(value));
}

void put_time(std::string& out, UnixTime time) { put_u64(out, static_cast<std::uint64_t>(time)); }

// `text` with its length in one byte before it.
void put_short(std::string& out, std::string_view text) {
  if (text.size() > 0xff) throw std::length_error("a text of more than 255 bytes");
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

char stored_scope(Scope scope) {
  for (std::size_t i = 0; i < std::size(stored_scopes); ++i) {
    if (stored_scopes[i] == scope) return static_cast<char>(i);
  }
  throw std::logic_error("a scope that is not stored");
}

// Takes fields off the front. After the first that is not there it gives zeros and empty texts, and
// done() says no.
class Fields {
 public:
  Fields(Kind kind, std::string_view bytes) : rest_(bytes) {
    std::string_view head = take(magic.size() + 2);
    good_ = good_ && head.starts_with(magic) && head[3] == static_cast<char>(kind) &&
            head[4] == version;
  }

  std::uint8_t u8() {
    std::string_view bytes = take(1);
    return good_ ? static_cast<std::uint8_t>(bytes[0]) : std::uint8_t{0};
  }
  std::uint16_t u16() {
    std::string_view bytes = take(2);
    return good_ ? get_u16(bytes.data()) : std::uint16_t{0};
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::uint64_t u64() {
    std::string_view bytes = take(8);
    return good_ ? get_u64(bytes.data()) : 0;
  }
  UnixTime time() { return static_cast<UnixTime>(u64()); }
  std::string_view text(std::size_t size) { return take(size); }
  std::string_view short_text() { return take(u8()); }

  bool good() const { return good_; }
  // All fields were there, and nothing else.
  bool done() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (!good_ || rest_.size() < size) {
      good_ = false;
      return {};
    }
    std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

const ListedKey* TenantRecord::find(const ProviderId& provider) const {
  for (const ListedKey& key : keys) {
    if (key.provider == provider) return &key;
  }
  return nullptr;
}

std::string encode(const TenantRecord& record) {
  if (record.keys.size() > 0xffff) throw std::length_error("a tenant with more than 65535 keys");
  std::string out = begin(Kind::tenant, 27 + record.keys.size() * 41);
  put_time(out, record.created_at);
  std::uint8_t flags = 0;
  if (record.global_fallback) flags |= global_fallback_flag;
  if (record.limits.rps) flags |= rps_flag;
  if (record.limits.concurrency) flags |= concurrency_flag;
  out.push_back(static_cast<char>(flags));
  put_u64(out, record.dek_counter);
  put_u16(out, static_cast<std::uint16_t>(record.keys.size()));
  for (const ListedKey& key : record.keys) {
    put_short(out, key.provider.view());
    put_u64(out, key.dek_version);
  }
  if (record.limits.rps) put_u32(out, *record.limits.rps);
  if (record.limits.concurrency) put_u32(out, *record.limits.concurrency);
  return out;
}

std::optional<TenantRecord> decode_tenant(std::string_view bytes) {
  Fields fields(Kind::tenant, bytes);
  TenantRecord record;
  record.created_at = fields.time();
  std::uint8_t flags = fields.u8();
  if ((flags & ~tenant_flags) != 0) return std::nullopt;
  record.global_fallback = (flags & global_fallback_flag) != 0;
  record.dek_counter = fields.u64();
  std::uint16_t count = fields.u16();
  for (std::uint16_t i = 0; i < count && fields.good(); ++i) {
    Result<ProviderId> provider = ProviderId::parse(fields.short_text());
    std::uint64_t dek_version = fields.u64();
    if (!provider) return std::nullopt;
    record.keys.push_back({*provider, dek_version});
  }
  if ((flags & rps_flag) != 0) record.limits.rps = fields.u32();
  if ((flags & concurrency_flag) != 0) record.limits.concurrency = fields.u32();
  if (!fields.done()) return std::nullopt;
  return record;
}

bool claims_limits(std::string_view bytes) {
  constexpr std::size_t flags_at = 13;
  return bytes.size() > flags_at && (static_cast<std::uint8_t>(bytes[flags_at]) & limit_flags) != 0;
}

std::string encode(const TokenRecord& record) {
  if (record.name.size() > 0xffff) throw std::length_error("a token's name of 64 KiB or more");
  std::string out = begin(Kind::token, 84 + record.id.size() + record.name.size());
  put_time(out, record.created_at);
  put_time(out, record.expires_at);
  out.push_back(stored_scope(record.scope));
  put_short(out, record.id);
  put_u16(out, static_cast<std::uint16_t>(record.name.size()));
  out.append(record.name);
  put_short(out, record.tenant ? record.tenant->view() : std::string_view());
  return out;
}

std::optional<TokenRecord> decode_token(std::string_view bytes) {
  Fields fields(Kind::token, bytes);
  TokenRecord record;
  record.created_at = fields.time();
  record.expires_at = fields.time();
  std::uint8_t scope = fields.u8();
  if (scope >= std::size(stored_scopes)) return std::nullopt;
  record.scope = stored_scopes[scope];
  record.id = fields.short_text();
  record.name = fields.text(fields.u16());
  std::string_view tenant = fields.short_text();
  if (!fields.done()) return std::nullopt;
  if (!tenant.empty()) {
    Result<TenantId> id = TenantId::parse(tenant);
    if (!id) return std::nullopt;
    record.tenant = *id;
  }
  return record;
}

std::string encode(const LinkRecord& record) {
  if (record.note.size() > 0xffff) throw std::length_error("a link's note of 64 KiB or more");
  std::string out = begin(Kind::link, 132 + record.id.size() + record.note.size());
  put_time(out, record.created_at);
  put_time(out, record.expires_at);
  put_time(out, record.used_at);
  put_time(out, record.revoked_at);
  put_short(out, record.id);
  put_short(out, record.tenant.view());
  put_short(out, record.provider.view());
  put_u16(out, static_cast<std::uint16_t>(record.note.size()));
  out.append(record.note);
  return out;
}

std::optional<LinkRecord> decode_link(std::string_view bytes) {
  Fields fields(Kind::link, bytes);
  LinkRecord record;
  record.created_at = fields.time();
  record.expires_at = fields.time();
  record.used_at = fields.time();
  record.revoked_at = fields.time();
  record.id = fields.short_text();
  const Result<TenantId> tenant = TenantId::parse(fields.short_text());
  const Result<ProviderId> provider = ProviderId::parse(fields.short_text());
  record.note = fields.text(fields.u16());
  if (!fields.done() || !tenant || !provider) return std::nullopt;
  record.tenant = *tenant;
  record.provider = *provider;
  return record;
}

std::string encode(const KeyState& state) {
  std::string out = begin(Kind::state, 9);
  put_time(out, state.last_used_at);
  out.push_back(static_cast<char>(state.status));
  return out;
}

std::optional<KeyState> decode_key_state(std::string_view bytes) {
  Fields fields(Kind::state, bytes);
  KeyState state;
  state.last_used_at = fields.time();
  std::uint8_t status = fields.u8();
  if (!fields.done() || status > static_cast<std::uint8_t>(KeyStatus::rejected)) {
    return std::nullopt;
  }
  state.status = static_cast<KeyStatus>(status);
  return state;
}

std::string usage_rows_from(Day day) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(day >> shift));
  return bytes;
}

std::string encode(const UsageRow& row) {
  std::string bytes = usage_rows_from(row.day);
  bytes.append(row.provider.view()).push_back('\0');
  bytes.append(row.model).push_back('\0');
  bytes.push_back(static_cast<char>(row.source));
  return bytes;
}

std::optional<UsageRow> decode_usage_row(std::string_view bytes) {
  constexpr std::size_t day_size = 4;
  if (bytes.size() < day_size) return std::nullopt;
  UsageRow row;
  for (std::size_t i = 0; i < day_size; ++i) {
    row.day = row.day << 8 | static_cast<unsigned char>(bytes[i]);
  }
  bytes.remove_prefix(day_size);
  const std::size_t provider_end = bytes.find('\0');
  if (provider_end == bytes.npos) return std::nullopt;
  const std::size_t model_end = bytes.find('\0', provider_end + 1);
  if (model_end == bytes.npos || bytes.size() != model_end + 2) return std::nullopt;
  Result<ProviderId> provider = ProviderId::parse(bytes.substr(0, provider_end));
  if (!provider) return std::nullopt;
  row.provider = *provider;
  row.model = bytes.substr(provider_end + 1, model_end - provider_end - 1);
  row.source = static_cast<KeySource>(bytes.back());
  if (row.source != KeySource::tenant && row.source != KeySource::global) return std::nullopt;
  return row;
}

UsageCounts& UsageCounts::operator+=(const UsageCounts& more) {
  const auto add = [](std::uint64_t& count, std::uint64_t by) {
    if (__builtin_add_overflow(count, by, &count)) {
      count = std::numeric_limits<std::uint64_t>::max();
    }
  };
  add(requests, more.requests);
  add(errors, more.errors);
  add(input_tokens, more.input_tokens);
  add(output_tokens, more.output_tokens);
  return *this;
}

std::string encode(const UsageCounts& counts) {
  std::string out = begin(Kind::usage, 32);
  put_u64(out, counts.requests);
  put_u64(out, counts.errors);
  put_u64(out, counts.input_tokens);
  put_u64(out, counts.output_tokens);
  return out;
}

std::optional<UsageCounts> decode_usage_counts(std::string_view bytes) {
  Fields fields(Kind::usage, bytes);
  UsageCounts counts;
  counts.requests = fields.u64();
  counts.errors = fields.u64();
  counts.input_tokens = fields.u64();
  counts.output_tokens = fields.u64();
  if (!fields.done()) return std::nullopt;
  return counts;
}

}  // namespace byok::store
