// The cases of project Wycheproof for the primitives that the vault stands on. They are read from
// the folder that BYOK_CORPORA names; where it names none, the cases are skipped by name.
#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <optional>
#include <string>

#include "common/crypto.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::crypto {
namespace {

namespace json = boost::json;

// Nothing where no corpora are set; a file that is missing fails.
std::optional<json::value> read_corpus(const std::string& name) {
  const char* corpora = std::getenv("BYOK_CORPORA");
  if (corpora == nullptr || *corpora == '\0') {
    MESSAGE("skipped: wycheproof/" << name << " (BYOK_CORPORA is not set)");
    return std::nullopt;
  }
  std::string text = testing::read_file(std::string(corpora) + "/wycheproof/" + name);
  REQUIRE_MESSAGE(!text.empty(), "BYOK_CORPORA is set, but wycheproof/" << name << " is missing");
  return json::parse(text);
}

std::string unhex(const json::value& digits) { return testing::unhex(digits.as_string()); }

// Calls `use` with each case's group and the case.
template <class Use>
void each_case(const json::value& corpus, Use use) {
  for (const json::value& group : corpus.at("testGroups").as_array()) {
    for (const json::value& test : group.at("tests").as_array()) {
      const std::int64_t id = test.at("tcId").as_int64();
      CAPTURE(id);
      use(group, test, test.at("result").as_string() == "valid");
    }
  }
}

TEST_CASE("Wycheproof's AES-GCM cases are accepted and refused as they should be") {
  std::optional<json::value> corpus = read_corpus("aes_gcm_test.json");
  if (!corpus) return;
  int accepted = 0;
  int refused = 0;
  int of_other_sizes = 0;
  each_case(*corpus, [&](const json::value& group, const json::value& test, bool valid) {
    std::string key = unhex(test.at("key"));
    std::string nonce = unhex(test.at("iv"));
    std::string aad = unhex(test.at("aad"));
    std::string message = unhex(test.at("msg"));
    std::string ciphertext = unhex(test.at("ct"));
    std::string tag = unhex(test.at("tag"));
    std::string opened(ciphertext.size(), 'x');

    bool our_sizes = group.at("keySize") == 256 && group.at("ivSize") == 96;
    if (!our_sizes) {
      ++of_other_sizes;
      CHECK_THROWS_AS((void)gcm_open(key, nonce, aad, ciphertext, tag, opened.data()), CryptoError);
      return;
    }
    CHECK(gcm_open(key, nonce, aad, ciphertext, tag, opened.data()) == valid);
    if (!valid) {
      ++refused;
      CHECK(opened == std::string(ciphertext.size(), '\0'));
      return;
    }
    ++accepted;
    CHECK(opened == message);
    std::string sealed(message.size(), '\0');
    std::string sealed_tag(tag_size, '\0');
    gcm_seal(key, nonce, aad, message, sealed.data(), sealed_tag.data());
    CHECK(sealed == ciphertext);
    CHECK(sealed_tag == tag);
    // A shorter tag is the beginning of the right one, and is refused all the same.
    for (std::size_t size = 0; size < tag_size; ++size) {
      CHECK_FALSE(gcm_open(key, nonce, aad, ciphertext, tag.substr(0, size), opened.data()));
    }
  });
  CHECK(accepted == 39);
  CHECK(refused == 27);
  CHECK(of_other_sizes == 250);
}

TEST_CASE("Wycheproof's HMAC-SHA-256 cases are accepted and refused as they should be") {
  std::optional<json::value> corpus = read_corpus("hmac_sha256_test.json");
  if (!corpus) return;
  int count = 0;
  each_case(*corpus, [&](const json::value&, const json::value& test, bool valid) {
    std::string tag = unhex(test.at("tag"));
    Digest mac = HmacSha256(unhex(test.at("key"))).of({unhex(test.at("msg"))});
    CHECK(equal(view(mac).substr(0, tag.size()), tag) == valid);
    ++count;
  });
  CHECK(count == 174);
}

// `hash`, of as many bytes, is the one that `Hkdf` expands with. Cases whose output is longer than
// expand() gives are compared as far as it goes.
template <class Hkdf>
void check_hkdf(const char* corpus_name, const EVP_MD* hash, unsigned int hash_size,
                int valid_cases) {
  std::optional<json::value> corpus = read_corpus(corpus_name);
  if (!corpus) return;
  int count = 0;
  each_case(*corpus, [&](const json::value&, const json::value& test, bool valid) {
    if (!valid) return;  // an output longer than HKDF gives: not to be asked for here
    // Extract (RFC 5869 section 2.2), which the vault's uniform keys do without.
    std::string input = unhex(test.at("ikm"));
    std::string salt = unhex(test.at("salt"));
    if (salt.empty()) salt.assign(hash_size, '\0');
    Block64 extracted;
    unsigned int size = 0;
    HMAC(hash, salt.data(), static_cast<int>(salt.size()),
         reinterpret_cast<const unsigned char*>(input.data()), input.size(),
         reinterpret_cast<unsigned char*>(extracted.data()), &size);
    REQUIRE(size == hash_size);

    Hkdf key(std::string_view(extracted.data(), size));
    Block64 block = key.expand({unhex(test.at("info"))});
    std::string expected = unhex(test.at("okm")).substr(0, block.size());
    CHECK(std::string_view(block.data(), expected.size()) == expected);
    ++count;
  });
  CHECK(count == valid_cases);
}

TEST_CASE("Wycheproof's HKDF cases expand to their first 64 bytes") {
  check_hkdf<HkdfSha256>("hkdf_sha256_test.json", EVP_sha256(), 32, 83);
  check_hkdf<HkdfSha512>("hkdf_sha512_test.json", EVP_sha512(), 64, 80);
}

}  // namespace
}  // namespace byok::crypto
