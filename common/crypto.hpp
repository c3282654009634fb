// Randomness, AES-GCM and comparison, the one door to OpenSSL's EVP. Algorithms are fetched once
// and contexts reused, one set for each thread, so every function here may be called from any
// thread. Hashes are in hash.hpp.
//
// Bytes are taken as views and never kept. A failure inside OpenSSL throws CryptoError: it means a
// broken installation or no memory, never bad input.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string_view>

#include "common/hash.hpp"

namespace byok::crypto {

inline constexpr std::size_t key_size = 32;    // of AES-256
inline constexpr std::size_t nonce_size = 12;  // the only GCM nonce length that is taken
inline constexpr std::size_t tag_size = 16;    // the only GCM tag length that is taken

class CryptoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Fills `out` from OpenSSL's private random generator.
void random(std::span<char> out);

// AES-256-GCM. `key` is key_size bytes, `nonce` nonce_size bytes (anything else throws); writes
// plaintext.size() bytes to `ciphertext` and tag_size bytes to `tag`.
void gcm_seal(std::string_view key, std::string_view nonce, std::string_view associated_data,
              std::string_view plaintext, char* ciphertext, char* tag);

// The inverse. Returns false, with `plaintext` wiped, where the tag is not tag_size bytes long or
// does not fit; writes ciphertext.size() bytes to `plaintext`.
[[nodiscard]] bool gcm_open(std::string_view key, std::string_view nonce,
                            std::string_view associated_data, std::string_view ciphertext,
                            std::string_view tag, char* plaintext);

// Compares in a time that depends on the lengths alone.
[[nodiscard]] bool equal(std::string_view a, std::string_view b);

}  // namespace byok::crypto
