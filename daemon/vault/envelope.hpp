// Sealed records as bytes. Integers are big-endian.
//
//   wrapped DEK              sealed provider key
//   offset  size             offset  size
//        0     3  "byk"           0     3  "byk"
//        3     1  'D'             3     1  'K'
//        4     1  version, 1      4     1  version, 1
//        5     1  algorithm       5     1  algorithm
//        6     8  root key's id   6     8  DEK version
//       14     8  createdAt      14     8  setAt
//                                22     8  rotatedAt, 0 for never
//       22    32  salt           30    32  salt
//       54    12  nonce          62    12  nonce
//       66    32  ciphertext     74     n  ciphertext
//       98    16  tag          74+n    16  tag
//      114    32  commitment   90+n    32  commitment
//
// HKDF-Expand (RFC 5869 section 2.3) from the wrapping key, info = domain and salt, gives the key
// of this one message (32 bytes) and the commitment (32 bytes); the message is sealed with
// AES-256-GCM (NIST SP 800-38D). The commitment is there because GCM alone lets one ciphertext open
// under two keys. Algorithm 1 expands with SHA-512. Algorithm 2, which all new records are made
// with, expands with SHA-256: processors have instructions for it, and a call derives two pairs of
// keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/hash.hpp"
#include "common/secret.hpp"
#include "common/time.hpp"

namespace byok::vault {

enum class Kind : char { dek = 'D', key = 'K' };

inline constexpr std::uint8_t record_version = 1;

// As stored.
enum class Algorithm : std::uint8_t { sha512 = 1, sha256 = 2 };
inline constexpr Algorithm newest_algorithm = Algorithm::sha256;

// What the keys of many messages are derived from, made ready once. `key` is uniformly random and
// outlives this.
class WrappingKey {
 public:
  explicit WrappingKey(std::string_view key) : key_(key), newest_(key) {}

  // The caller wipes the result.
  crypto::Block64 expand(Algorithm algorithm, std::string_view domain, std::string_view salt) const;

 private:
  std::string_view key_;
  crypto::HkdfSha256 newest_;
};

// The readable part of either kind.
struct EnvelopeHeader {
  Kind kind;
  std::uint64_t named_key;  // the root key's id for a DEK, the DEK version for a provider key
  UnixTime made_at;         // createdAt or setAt
  UnixTime rotated_at;      // 0 for a DEK, which has no such field
  Algorithm algorithm = newest_algorithm;
};

// A record taken apart; the views point into it.
struct Envelope {
  EnvelopeHeader header;
  std::string_view salt;
  std::string_view nonce;
  std::string_view ciphertext;
  std::string_view tag;
  std::string_view commitment;
};

// Nothing where `record` is not of that kind, of an unknown version or algorithm, or too short.
// Proves nothing else: open_envelope() does.
std::optional<Envelope> parse_envelope(Kind kind, std::string_view record);

// A new record of `plaintext` with a fresh salt and nonce. `associated_data` names the record's
// place and repeats its header; `domain` tells the uses of one wrapping key apart.
std::string seal_envelope(const EnvelopeHeader& header, const WrappingKey& wrapping_key,
                          std::string_view domain, std::string_view associated_data,
                          std::string_view plaintext);

// Nothing where the record was made with another key, domain or associated data, or was changed.
std::optional<Secret> open_envelope(const Envelope& envelope, const WrappingKey& wrapping_key,
                                    std::string_view domain, std::string_view associated_data);

}  // namespace byok::vault
