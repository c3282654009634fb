// The key hierarchy: a root key wraps DEKs, a DEK encrypts one provider key, and a key derived from
// the root key authenticates the records that hold no secret but decide who is who.
//
// Knows no HTTP and no LMDB: it takes and gives records as bytes, and the place where each one lies
// as names. A record that was moved, replaced or changed by one bit does not open. A Vault is
// immutable; any thread may call it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto.hpp"
#include "common/error.hpp"
#include "common/ids.hpp"
#include "common/secret.hpp"
#include "common/time.hpp"
#include "daemon/vault/envelope.hpp"

namespace byok::vault {

// Random, made with the database; binds every record to it.
using DatabaseId = std::array<char, 16>;

DatabaseId make_database_id();

class RootKey {
 public:
  // `bytes` holds exactly crypto::key_size uniformly random bytes; anything else throws.
  explicit RootKey(Secret bytes);

  // Derived from the key, so that the same key has the same id everywhere; not a secret.
  std::uint64_t id() const { return id_; }
  // Tells a wrong root key from a wrong database without opening a record; not a secret.
  crypto::Digest check_value(const DatabaseId& database) const;

 private:
  friend class Vault;
  Secret bytes_;
  std::uint64_t id_;
};

// A data encryption key: it protects one stored provider key of one tenant.
class Dek {
 public:
  static Dek make();

 private:
  friend class Vault;
  explicit Dek(Secret bytes) : bytes_(std::move(bytes)) {}
  Secret bytes_;
};

// Where a sealed provider key lies.
struct KeyPlace {
  TenantId tenant;
  ProviderId provider;
  std::uint64_t dek_version;
};

// The readable part of a sealed provider key.
struct KeyHeader {
  std::uint64_t dek_version;
  UnixTime set_at;
  UnixTime rotated_at;  // 0: never
};

class Vault {
 public:
  Vault(RootKey root, const DatabaseId& database);

  std::uint64_t root_key_id() const { return root_.id(); }
  crypto::Digest root_key_check() const { return root_.check_value(database_); }

  // The key that the audit log's lines are chained under: of this root key and database.
  Secret audit_key() const;

  // The key that a backup of this database is proved with.
  Secret backup_key() const;
  const DatabaseId& database() const { return database_; }

  // The record of `dek` under the root key, for that tenant and version.
  std::string wrap(const TenantId& tenant, std::uint64_t version, UnixTime created_at,
                   const Dek& dek) const;
  // Errc::key_unreadable where the record is not the one that wrap() made for this very place.
  Result<Dek> unwrap(const TenantId& tenant, std::uint64_t version, std::string_view record) const;

  // The record of `secret` under `dek`. header.dek_version is that of `place`.
  std::string seal(const Dek& dek, const KeyPlace& place, const KeyHeader& header,
                   std::string_view secret) const;
  // Errc::key_unreadable where the record is not the one that seal() made for this very place.
  Result<Secret> open(const Dek& dek, const KeyPlace& place, std::string_view record) const;

  // `value` with the root key's id and its MAC behind it, bound to its sub-database and key.
  std::string authenticate(std::string_view sub_database, std::string_view key,
                           std::string_view value) const;
  // The value inside `record`, as a view into it; Errc::key_unreadable where the MAC does not fit.
  Result<std::string_view> verify(std::string_view sub_database, std::string_view key,
                                  std::string_view record) const;

 private:
  RootKey root_;
  DatabaseId database_;
  Secret wrapping_secret_;
  WrappingKey wrapping_key_;
  crypto::HmacSha256 record_mac_key_;
};

// The header of a sealed provider key, not yet authenticated: open() proves it.
// Errc::key_unreadable where the record is too short or of an unknown version.
Result<KeyHeader> peek_key_header(std::string_view record);

// When a wrapped DEK was made, likewise not authenticated.
Result<UnixTime> peek_dek_created_at(std::string_view record);

}  // namespace byok::vault
