// SHA-2 and what is built of it, for the path of every request: OpenSSL's own block functions,
// which need neither fetching nor memory of their own. (EVP copies a context, which allocates, for
// each half of each HMAC.)
//
// Bytes are taken as views and never kept.
#pragma once

#include <openssl/sha.h>

#include <array>
#include <initializer_list>
#include <string_view>

namespace byok::crypto {

using Digest = std::array<char, 32>;
using Block64 = std::array<char, 64>;

inline std::string_view view(const Digest& digest) { return {digest.data(), digest.size()}; }

Digest sha256(std::string_view bytes);

// A key of HMAC-SHA-256 (RFC 2104), made ready once for many messages. As secret as the key.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;

  // Over the concatenation of `parts`.
  Digest of(std::initializer_list<std::string_view> parts) const;

 private:
  friend class HkdfSha256;
  SHA256_CTX inner_, outer_;  // behind the key's two pads
};

// Keys from which HKDF-Expand (RFC 5869 section 2.3) makes others, likewise. `key` must be
// uniformly random: section 3.3 then lets Extract go. expand() gives the first 64 bytes; info is
// the concatenation of `info_parts`. The caller wipes the result.
class HkdfSha256 {
 public:
  explicit HkdfSha256(std::string_view key) : key_(key) {}

  Block64 expand(std::initializer_list<std::string_view> info_parts) const;

 private:
  HmacSha256 key_;
};

class HkdfSha512 {
 public:
  explicit HkdfSha512(std::string_view key);
  ~HkdfSha512();
  HkdfSha512(const HkdfSha512&) = delete;
  HkdfSha512& operator=(const HkdfSha512&) = delete;

  Block64 expand(std::initializer_list<std::string_view> info_parts) const;

 private:
  SHA512_CTX inner_, outer_;
};

}  // namespace byok::crypto
