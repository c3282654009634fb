#include "common/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <string>

#include "common/handle.hpp"
#include "common/secret.hpp"

namespace byok::crypto {
namespace {

using Cipher = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherCtx = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

[[noreturn]] void fail(const char* what) {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  std::string text = what;
  if (const char* reason = ERR_reason_error_string(code)) text.append(": ").append(reason);
  throw CryptoError(text);
}

inline void check(bool done, const char* what) {
  if (!done) fail(what);
}

unsigned char* bytes_of(char* text) { return reinterpret_cast<unsigned char*>(text); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int int_size(std::string_view text) {
  check(text.size() <= 0x7fffffff, "a message of 2 GiB or more");
  return static_cast<int>(text.size());
}

struct ThreadContexts {
  ThreadContexts()
      : aes(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)),
        sealing(EVP_CIPHER_CTX_new()),
        opening(EVP_CIPHER_CTX_new()) {
    check(aes && sealing && opening, "fetching AES-256-GCM");
    check(EVP_EncryptInit_ex2(sealing.get(), aes.get(), nullptr, nullptr, nullptr) == 1,
          "EVP_EncryptInit_ex2");
    check(EVP_DecryptInit_ex2(opening.get(), aes.get(), nullptr, nullptr, nullptr) == 1,
          "EVP_DecryptInit_ex2");
  }

  Cipher aes;
  CipherCtx sealing;
  CipherCtx opening;
};

ThreadContexts& contexts() {
  thread_local ThreadContexts mine;
  return mine;
}

// False, with nothing left of the plaintext. Where that is empty it may have no address.
bool refuse(char* plaintext, std::size_t size) {
  if (size > 0) wipe(plaintext, size);
  return false;
}

}  // namespace

void random(std::span<char> out) {
  check(out.size() <= 0x7fffffff, "2 GiB or more of random bytes");
  check(RAND_priv_bytes(bytes_of(out.data()), static_cast<int>(out.size())) == 1,
        "RAND_priv_bytes");
}

void gcm_seal(std::string_view key, std::string_view nonce, std::string_view associated_data,
              std::string_view plaintext, char* ciphertext, char* tag) {
  check(key.size() == key_size && nonce.size() == nonce_size, "a key or nonce of the wrong length");
  EVP_CIPHER_CTX* ctx = contexts().sealing.get();
  int written = 0;
  check(EVP_EncryptInit_ex2(ctx, nullptr, bytes_of(key), bytes_of(nonce), nullptr) == 1 &&
            EVP_EncryptUpdate(ctx, nullptr, &written, bytes_of(associated_data),
                              int_size(associated_data)) == 1 &&
            EVP_EncryptUpdate(ctx, bytes_of(ciphertext), &written, bytes_of(plaintext),
                              int_size(plaintext)) == 1 &&
            EVP_EncryptFinal_ex(ctx, bytes_of(ciphertext) + written, &written) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1,
        "AES-256-GCM sealing");
}

bool gcm_open(std::string_view key, std::string_view nonce, std::string_view associated_data,
              std::string_view ciphertext, std::string_view tag, char* plaintext) {
  check(key.size() == key_size && nonce.size() == nonce_size, "a key or nonce of the wrong length");
  // OpenSSL 3.0 would take a tag of 1 to 15 bytes: a forger's work shrinks to guessing that many.
  if (tag.size() != tag_size) return refuse(plaintext, ciphertext.size());
  EVP_CIPHER_CTX* ctx = contexts().opening.get();
  int written = 0;
  check(EVP_DecryptInit_ex2(ctx, nullptr, bytes_of(key), bytes_of(nonce), nullptr) == 1 &&
            EVP_DecryptUpdate(ctx, nullptr, &written, bytes_of(associated_data),
                              int_size(associated_data)) == 1 &&
            EVP_DecryptUpdate(ctx, bytes_of(plaintext), &written, bytes_of(ciphertext),
                              int_size(ciphertext)) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_size,
                                const_cast<char*>(tag.data())) == 1,
        "AES-256-GCM opening");
  if (EVP_DecryptFinal_ex(ctx, bytes_of(plaintext) + written, &written) == 1) return true;
  ERR_clear_error();
  // The plaintext was handed out before the tag was checked.
  return refuse(plaintext, ciphertext.size());
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace byok::crypto
