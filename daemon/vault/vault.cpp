#include "daemon/vault/vault.hpp"

#include <stdexcept>
#include <utility>

#include "common/encoding.hpp"
#include "daemon/vault/envelope.hpp"
#include "daemon/vault/fields.hpp"

namespace byok::vault {
namespace {

// Each use of a key has its own label; none is the beginning of another.
constexpr std::string_view wrapping_label = "byok/v1/wrapping-key";
constexpr std::string_view record_mac_label = "byok/v1/record-mac-key";
constexpr std::string_view root_key_id_label = "byok/v1/root-key-id";
constexpr std::string_view check_value_label = "byok/kcv";
constexpr std::string_view audit_label = "byok/v1/audit-key";
constexpr std::string_view backup_label = "byok/v1/backup-key";
constexpr std::string_view dek_domain = "byok/v1/dek";
constexpr std::string_view key_domain = "byok/v1/key";
constexpr std::string_view record_domain = "byok/v1/record";

// Behind an authenticated value stand the root key's id (8 bytes) and the MAC (32 bytes).
constexpr std::size_t id_size = 8;
constexpr std::size_t trailer_size = id_size + sizeof(crypto::Digest);

// The largest list: domain, database, tenant (63), provider (32), integers, and their lengths.
using Place = Fields<256>;
// A record's key is at most 511 bytes long in LMDB.
using RecordPlace = Fields<704>;

std::string_view view(const DatabaseId& database) { return {database.data(), database.size()}; }

Secret derive(std::string_view key, std::string_view label, std::string_view context = {}) {
  crypto::Block64 block = crypto::HkdfSha512(key).expand({label, context});
  WipeOnExit wipe_block(block.data(), block.size());
  return Secret(std::string_view(block.data(), crypto::key_size));
}

Error unreadable_key() {
  return {Errc::key_unreadable,
          "the stored provider key cannot be opened: it or its data key was changed outside byokd; "
          "store the key again"};
}

Error unreadable_record() {
  return {Errc::key_unreadable,
          "a stored tenant or token record does not authenticate: it was changed outside byokd or "
          "belongs to another root key; restore the database from a backup"};
}

std::uint8_t stored(Algorithm algorithm) { return static_cast<std::uint8_t>(algorithm); }

Place dek_place(const DatabaseId& database, const TenantId& tenant, std::uint64_t version,
                const EnvelopeHeader& header) {
  Place place;
  place.add(dek_domain).add(view(database)).add(tenant.view()).add(version);
  place.add(record_version).add(stored(header.algorithm)).add(header.named_key);
  place.add(static_cast<std::uint64_t>(header.made_at));
  return place;
}

Place key_place(const DatabaseId& database, const KeyPlace& where, const EnvelopeHeader& header) {
  Place place;
  place.add(key_domain).add(view(database)).add(where.tenant.view()).add(where.provider.view());
  place.add(where.dek_version).add(record_version).add(stored(header.algorithm));
  place.add(static_cast<std::uint64_t>(header.made_at));
  place.add(static_cast<std::uint64_t>(header.rotated_at));
  return place;
}

crypto::Digest record_mac(const crypto::HmacSha256& mac_key, const DatabaseId& database,
                          std::uint64_t root_key_id, std::string_view sub_database,
                          std::string_view key, std::string_view value) {
  RecordPlace place;
  place.add(record_domain).add(view(database)).add(sub_database).add(key).add(root_key_id);
  place.add_length(value.size());
  return mac_key.of({place.view(), value});
}

}  // namespace

DatabaseId make_database_id() {
  DatabaseId id;
  crypto::random(id);
  return id;
}

RootKey::RootKey(Secret bytes) : bytes_(std::move(bytes)), id_(0) {
  if (bytes_.size() != crypto::key_size) throw std::invalid_argument("a root key is 32 bytes long");
  id_ = get_u64(derive(bytes_.reveal(), root_key_id_label).reveal().data());
}

crypto::Digest RootKey::check_value(const DatabaseId& database) const {
  crypto::Block64 block =
      crypto::HkdfSha512(bytes_.reveal()).expand({check_value_label, view(database)});
  WipeOnExit wipe_block(block.data(), block.size());
  crypto::Digest out;
  std::string_view(block.data(), out.size()).copy(out.data(), out.size());
  return out;
}

Dek Dek::make() {
  Secret bytes(crypto::key_size);
  crypto::random({bytes.data(), bytes.size()});
  return Dek(std::move(bytes));
}

Vault::Vault(RootKey root, const DatabaseId& database)
    : root_(std::move(root)),
      database_(database),
      wrapping_secret_(derive(root_.bytes_.reveal(), wrapping_label)),
      wrapping_key_(wrapping_secret_.reveal()),
      record_mac_key_(derive(root_.bytes_.reveal(), record_mac_label).reveal()) {}

Secret Vault::audit_key() const {
  return derive(root_.bytes_.reveal(), audit_label, view(database_));
}

Secret Vault::backup_key() const {
  return derive(root_.bytes_.reveal(), backup_label, view(database_));
}

std::string Vault::wrap(const TenantId& tenant, std::uint64_t version, UnixTime created_at,
                        const Dek& dek) const {
  EnvelopeHeader header{Kind::dek, root_.id(), created_at, 0};
  Place place = dek_place(database_, tenant, version, header);
  return seal_envelope(header, wrapping_key_, dek_domain, place.view(), dek.bytes_.reveal());
}

Result<Dek> Vault::unwrap(const TenantId& tenant, std::uint64_t version,
                          std::string_view record) const {
  std::optional<Envelope> envelope = parse_envelope(Kind::dek, record);
  if (!envelope || envelope->header.named_key != root_.id()) return unreadable_key();
  Place place = dek_place(database_, tenant, version, envelope->header);
  std::optional<Secret> bytes = open_envelope(*envelope, wrapping_key_, dek_domain, place.view());
  if (!bytes) return unreadable_key();
  return Dek(std::move(*bytes));
}

std::string Vault::seal(const Dek& dek, const KeyPlace& place, const KeyHeader& header,
                        std::string_view secret) const {
  if (header.dek_version != place.dek_version) {
    throw std::invalid_argument("a key's header and place name different DEK versions");
  }
  EnvelopeHeader clear{Kind::key, header.dek_version, header.set_at, header.rotated_at};
  Place bound = key_place(database_, place, clear);
  return seal_envelope(clear, WrappingKey(dek.bytes_.reveal()), key_domain, bound.view(), secret);
}

Result<Secret> Vault::open(const Dek& dek, const KeyPlace& place, std::string_view record) const {
  std::optional<Envelope> envelope = parse_envelope(Kind::key, record);
  if (!envelope || envelope->header.named_key != place.dek_version) return unreadable_key();
  Place bound = key_place(database_, place, envelope->header);
  std::optional<Secret> secret =
      open_envelope(*envelope, WrappingKey(dek.bytes_.reveal()), key_domain, bound.view());
  if (!secret) return unreadable_key();
  return std::move(*secret);
}

std::string Vault::authenticate(std::string_view sub_database, std::string_view key,
                                std::string_view value) const {
  crypto::Digest mac = record_mac(record_mac_key_, database_, root_.id(), sub_database, key, value);
  std::string record;
  record.reserve(value.size() + trailer_size);
  record.append(value);
  put_u64(record, root_.id());
  record.append(crypto::view(mac));
  return record;
}

Result<std::string_view> Vault::verify(std::string_view sub_database, std::string_view key,
                                       std::string_view record) const {
  if (record.size() < trailer_size) return unreadable_record();
  std::string_view value = record.substr(0, record.size() - trailer_size);
  std::string_view trailer = record.substr(value.size());
  if (get_u64(trailer.data()) != root_.id()) return unreadable_record();
  crypto::Digest mac = record_mac(record_mac_key_, database_, root_.id(), sub_database, key, value);
  if (!crypto::equal(crypto::view(mac), trailer.substr(id_size))) return unreadable_record();
  return value;
}

Result<KeyHeader> peek_key_header(std::string_view record) {
  std::optional<Envelope> envelope = parse_envelope(Kind::key, record);
  if (!envelope) return unreadable_key();
  const EnvelopeHeader& header = envelope->header;
  return KeyHeader{header.named_key, header.made_at, header.rotated_at};
}

Result<UnixTime> peek_dek_created_at(std::string_view record) {
  std::optional<Envelope> envelope = parse_envelope(Kind::dek, record);
  if (!envelope) return unreadable_key();
  return envelope->header.made_at;
}

}  // namespace byok::vault
