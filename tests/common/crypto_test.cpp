#include "common/crypto.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "common/encoding.hpp"

namespace byok::crypto {
namespace {

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples") {
  struct Case {
    std::string_view name;
    std::string bytes;
    const char* digest;
  };
  const Case cases[] = {
      {"nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(to_hex(view(sha256(c.bytes))) == c.digest);
  }
}

TEST_CASE("HMAC-SHA-256 gives RFC 4231's second value however the message is cut") {
  const char* expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  CHECK(to_hex(view(HmacSha256("Jefe").of({"what do ya want for nothing?"}))) == expected);
  CHECK(to_hex(view(HmacSha256("Jefe").of({"what do ya", "", " want for nothing?"}))) == expected);
}

TEST_CASE("AES-256-GCM opens what it sealed, and nothing else") {
  const std::string key(key_size, 'k');
  const std::string nonce(nonce_size, 'n');
  const std::string plaintext = "sk-test";
  std::string ciphertext(plaintext.size(), '\0');
  std::string tag(tag_size, '\0');
  gcm_seal(key, nonce, "place", plaintext, ciphertext.data(), tag.data());
  std::string opened(plaintext.size(), 'x');

  CHECK(gcm_open(key, nonce, "place", ciphertext, tag, opened.data()));
  CHECK(opened == plaintext);

  CHECK_FALSE(gcm_open(key, nonce, "other place", ciphertext, tag, opened.data()));
  CHECK_MESSAGE(opened == std::string(plaintext.size(), '\0'), "the plaintext was not wiped");
}

TEST_CASE("AES-256-GCM takes no tag shorter or longer than 16 bytes") {
  const std::string key(key_size, 'k');
  const std::string nonce(nonce_size, 'n');
  std::string ciphertext(3, '\0');
  std::string tag(32, '\0');
  gcm_seal(key, nonce, "", "abc", ciphertext.data(), tag.data());
  for (std::size_t size = 0; size <= tag.size(); ++size) {
    CAPTURE(size);
    std::string opened(3, 'x');
    CHECK(gcm_open(key, nonce, "", ciphertext, std::string_view(tag).substr(0, size),
                   opened.data()) == (size == tag_size));
  }
}

TEST_CASE("AES-256-GCM throws for a key or nonce of another length") {
  char out[16];
  for (std::size_t size : {0U, 16U, 24U, 31U, 33U}) {
    CAPTURE(size);
    CHECK_THROWS_AS(gcm_seal(std::string(size, 'k'), std::string(12, 'n'), "", "", out, out),
                    CryptoError);
  }
  for (std::size_t size : {0U, 1U, 8U, 11U, 13U, 16U}) {
    CAPTURE(size);
    CHECK_THROWS_AS(gcm_seal(std::string(32, 'k'), std::string(size, 'n'), "", "", out, out),
                    CryptoError);
  }
}

TEST_CASE("AES-256-GCM refuses a forgery of nothing, which has no address to write to") {
  const std::string key(32, 'k');
  const std::string nonce(12, 'n');
  CHECK_FALSE(gcm_open(key, nonce, "", "", std::string(16, 't'), nullptr));
  CHECK_FALSE(gcm_open(key, nonce, "", "", std::string(15, 't'), nullptr));
}

TEST_CASE("equal compares whole texts") {
  CHECK(equal("", ""));
  CHECK(equal("abc", "abc"));
  CHECK_FALSE(equal("abc", "abd"));
  CHECK_FALSE(equal("abc", "ab"));
}

TEST_CASE("random fills all of its buffer, with something else each time") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    std::string bytes(16, '\0');
    random(bytes);
    CHECK(bytes.substr(8) != std::string(8, '\0'));
    seen.insert(bytes);
  }
  CHECK(seen.size() == 100);
}

}  // namespace
}  // namespace byok::crypto
