#include "common/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <string>

#include "common/handle.hpp"
#include "common/secret.hpp"

namespace byok::crypto {
namespace {

using Md = Handle<EVP_MD, EVP_MD_free>;
using MdCtx = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Mac = Handle<EVP_MAC, EVP_MAC_free>;
using MacCtx = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using Cipher = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherCtx = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

void check(bool done, const char* what) {
  if (done) return;
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  std::string text = what;
  if (const char* reason = ERR_reason_error_string(code)) text.append(": ").append(reason);
  throw CryptoError(text);
}

unsigned char* bytes_of(char* text) { return reinterpret_cast<unsigned char*>(text); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int int_size(std::string_view text) {
  check(text.size() <= 0x7fffffff, "a message of 2 GiB or more");
  return static_cast<int>(text.size());
}

// One HMAC with a fixed digest. Setting a key costs as much as authenticating a short message, so
// the key of the message before, which is often the same one, is kept and recognised.
class Hmac {
 public:
  explicit Hmac(const char* digest) : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)) {
    check(mac_ != nullptr, "EVP_MAC_fetch");
    context_.reset(EVP_MAC_CTX_new(mac_.get()));
    check(context_ != nullptr, "EVP_MAC_CTX_new");
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
        OSSL_PARAM_construct_end()};
    check(EVP_MAC_CTX_set_params(context_.get(), params) == 1, "EVP_MAC_CTX_set_params");
  }

  ~Hmac() { wipe(key_.data(), key_.size()); }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  bool has(std::string_view key) const {
    return key_size_ != 0 && key.size() == key_size_ &&
           CRYPTO_memcmp(key.data(), key_.data(), key.size()) == 0;
  }
  void start(std::string_view key) {
    if (has(key)) {
      check(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1, "EVP_MAC_init");
      return;
    }
    check(EVP_MAC_init(context_.get(), bytes_of(key), key.size(), nullptr) == 1, "EVP_MAC_init");
    key_size_ = key.size() <= key_.size() ? key.size() : 0;
    key.copy(key_.data(), key_size_);
  }
  void add(std::string_view part) {
    check(EVP_MAC_update(context_.get(), bytes_of(part), part.size()) == 1, "EVP_MAC_update");
  }
  template <std::size_t size>
  void finish(std::array<char, size>& out) {
    std::size_t written = 0;
    check(EVP_MAC_final(context_.get(), bytes_of(out.data()), &written, out.size()) == 1 &&
              written == size,
          "EVP_MAC_final");
  }

 private:
  Mac mac_;
  MacCtx context_;
  std::array<char, key_size> key_{};
  std::size_t key_size_ = 0;  // 0: none is kept
};

struct ThreadContexts {
  ThreadContexts()
      : sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr)),
        digest(EVP_MD_CTX_new()),
        aes(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)),
        sealing(EVP_CIPHER_CTX_new()),
        opening(EVP_CIPHER_CTX_new()) {
    check(sha256 && digest && aes && sealing && opening, "fetching SHA-256 and AES-256-GCM");
    check(EVP_EncryptInit_ex2(sealing.get(), aes.get(), nullptr, nullptr, nullptr) == 1,
          "EVP_EncryptInit_ex2");
    check(EVP_DecryptInit_ex2(opening.get(), aes.get(), nullptr, nullptr, nullptr) == 1,
          "EVP_DecryptInit_ex2");
  }

  Md sha256;
  MdCtx digest;
  Cipher aes;
  CipherCtx sealing;
  CipherCtx opening;
  Hmac hmac256{"SHA256"};

  // The one that holds `key`, or else the one that was used longer ago. Opening a provider's key
  // goes from the root's wrapping key, always the same, to a DEK: one stays in each.
  Hmac& hmac512_for(std::string_view key) {
    std::size_t chosen = 1 - latest512;
    if (hmacs512[latest512].has(key)) chosen = latest512;
    latest512 = chosen;
    return hmacs512[chosen];
  }

 private:
  Hmac hmacs512[2] = {Hmac("SHA512"), Hmac("SHA512")};
  std::size_t latest512 = 0;
};

ThreadContexts& contexts() {
  thread_local ThreadContexts mine;
  return mine;
}

}  // namespace

void random(std::span<char> out) {
  check(out.size() <= 0x7fffffff, "2 GiB or more of random bytes");
  check(RAND_priv_bytes(bytes_of(out.data()), static_cast<int>(out.size())) == 1,
        "RAND_priv_bytes");
}

Digest sha256(std::string_view bytes) {
  ThreadContexts& mine = contexts();
  Digest out;
  unsigned int written = 0;
  check(EVP_DigestInit_ex2(mine.digest.get(), mine.sha256.get(), nullptr) == 1 &&
            EVP_DigestUpdate(mine.digest.get(), bytes.data(), bytes.size()) == 1 &&
            EVP_DigestFinal_ex(mine.digest.get(), bytes_of(out.data()), &written) == 1,
        "SHA-256");
  return out;
}

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  Hmac& hmac = contexts().hmac256;
  hmac.start(key);
  for (std::string_view part : parts) hmac.add(part);
  Digest out;
  hmac.finish(out);
  return out;
}

Block64 hkdf_expand_sha512(std::string_view key,
                           std::initializer_list<std::string_view> info_parts) {
  Hmac& hmac = contexts().hmac512_for(key);
  hmac.start(key);
  for (std::string_view part : info_parts) hmac.add(part);
  hmac.add(std::string_view("\x01", 1));  // the counter of the first block
  Block64 out;
  hmac.finish(out);
  return out;
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
  if (tag.size() != tag_size) {
    wipe(plaintext, ciphertext.size());
    return false;
  }
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
  // The plaintext was handed out before the tag was checked.
  wipe(plaintext, ciphertext.size());
  ERR_clear_error();
  return false;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace byok::crypto
