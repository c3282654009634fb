// OpenSSL 3 calls these functions deprecated, in favour of EVP, and keeps them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/hash.hpp"

#include "common/secret.hpp"

namespace byok::crypto {
namespace {

// The counters of HKDF-Expand.
constexpr std::string_view first_block("\x01", 1);
constexpr std::string_view second_block("\x02", 1);

struct Sha256 {
  using Context = SHA256_CTX;
  using Output = Digest;
  static constexpr std::size_t block_size = SHA256_CBLOCK;
  static constexpr auto init = SHA256_Init;
  static constexpr auto update = SHA256_Update;
  static constexpr auto final = SHA256_Final;
};

struct Sha512 {
  using Context = SHA512_CTX;
  using Output = Block64;
  static constexpr std::size_t block_size = SHA512_CBLOCK;
  static constexpr auto init = SHA512_Init;
  static constexpr auto update = SHA512_Update;
  static constexpr auto final = SHA512_Final;
};

// Ends `context` into `out` and wipes it: it may hold a message, or what a key became.
template <class Hash>
void finish(typename Hash::Context& context, typename Hash::Output& out) {
  Hash::final(reinterpret_cast<unsigned char*>(out.data()), &context);
  wipe(&context, sizeof context);
}

// RFC 2104 section 2: the contexts behind the two pads that the key makes.
template <class Hash>
void make_ready(std::string_view key, typename Hash::Context& inner,
                typename Hash::Context& outer) {
  typename Hash::Output hashed;
  WipeOnExit wipe_hashed(hashed.data(), hashed.size());
  if (key.size() > Hash::block_size) {
    Hash::init(&inner);
    Hash::update(&inner, key.data(), key.size());
    finish<Hash>(inner, hashed);
    key = {hashed.data(), hashed.size()};
  }
  constexpr char inner_pad = 0x36;
  constexpr char outer_pad = 0x5c;
  char block[Hash::block_size] = {};
  WipeOnExit wipe_block(block, sizeof block);
  key.copy(block, sizeof block);
  for (char& byte : block) byte ^= inner_pad;
  Hash::init(&inner);
  Hash::update(&inner, block, sizeof block);
  for (char& byte : block) byte ^= inner_pad ^ outer_pad;
  Hash::init(&outer);
  Hash::update(&outer, block, sizeof block);
}

// Over `first_part`, `parts` and `last_part`.
template <class Hash>
typename Hash::Output mac(typename Hash::Context inner, typename Hash::Context outer,
                          std::initializer_list<std::string_view> parts,
                          std::string_view last_part = {}, std::string_view first_part = {}) {
  typename Hash::Output out;
  Hash::update(&inner, first_part.data(), first_part.size());
  for (std::string_view part : parts) Hash::update(&inner, part.data(), part.size());
  Hash::update(&inner, last_part.data(), last_part.size());
  finish<Hash>(inner, out);
  Hash::update(&outer, out.data(), out.size());
  finish<Hash>(outer, out);
  return out;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  SHA256_CTX context;
  Digest out;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  finish<Sha256>(context, out);
  return out;
}

HmacSha256::HmacSha256(std::string_view key) { make_ready<Sha256>(key, inner_, outer_); }

HmacSha256::~HmacSha256() { wipe(this, sizeof *this); }

Digest HmacSha256::of(std::initializer_list<std::string_view> parts) const {
  return mac<Sha256>(inner_, outer_, parts);
}

Block64 HkdfSha256::expand(std::initializer_list<std::string_view> info_parts) const {
  Digest first = mac<Sha256>(key_.inner_, key_.outer_, info_parts, first_block);
  Digest second = mac<Sha256>(key_.inner_, key_.outer_, info_parts, second_block, view(first));
  Block64 out;
  view(first).copy(out.data(), first.size());
  view(second).copy(out.data() + first.size(), second.size());
  wipe(first.data(), first.size());
  wipe(second.data(), second.size());
  return out;
}

HkdfSha512::HkdfSha512(std::string_view key) { make_ready<Sha512>(key, inner_, outer_); }

HkdfSha512::~HkdfSha512() { wipe(this, sizeof *this); }

Block64 HkdfSha512::expand(std::initializer_list<std::string_view> info_parts) const {
  return mac<Sha512>(inner_, outer_, info_parts, first_block);
}

}  // namespace byok::crypto
