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

// One of the AES-GCM cases.
struct GcmCase {
  std::string key, nonce, aad, message, ciphertext, tag;

  // What gcm_open() wrote, or nothing where it refused and left nothing of the plaintext behind.
  std::optional<std::string> opened(std::string_view with_tag) const {
    std::string out(ciphertext.size(), 'x');
    if (gcm_open(key, nonce, aad, ciphertext, with_tag, out.data())) return out;
    CHECK(out == std::string(ciphertext.size(), '\0'));
    return std::nullopt;
  }

  bool seals_to_itself() const {
    std::string sealed(message.size(), '\0');
    std::string sealed_tag(tag_size, '\0');
    gcm_seal(key, nonce, aad, message, sealed.data(), sealed_tag.data());
    return sealed == ciphertext && sealed_tag == tag;
  }

  // Neither way takes a key or nonce of another size, nor writes anything.
  bool is_refused_for_its_sizes() const {
    std::string out(ciphertext.size() + tag_size, 'x');
    char* sealed_tag = out.data() + ciphertext.size();
    CHECK_THROWS_AS((void)gcm_open(key, nonce, aad, ciphertext, tag, out.data()), CryptoError);
    CHECK_THROWS_AS(gcm_seal(key, nonce, aad, ciphertext, out.data(), sealed_tag), CryptoError);
    return out == std::string(out.size(), 'x');
  }

  // How many of the tags of other lengths are refused, be they the right one's beginning or go on
  // behind it.
  int refused_tags() const {
    int refused = 0;
    for (std::size_t size = 0; size < tag_size; ++size) {
      refused += !opened(std::string_view(tag).substr(0, size));
    }
    for (std::size_t more = 1; more <= tag_size; ++more) {
      refused += !opened(tag + std::string(more, '\0'));
    }
    return refused;
  }
};

TEST_CASE("Wycheproof's AES-GCM cases are accepted and refused as they should be") {
  std::optional<json::value> corpus = read_corpus("aes_gcm_test.json");
  if (!corpus) return;
  struct Count {
    int good = 0;
    int all = 0;
    void add(bool is_good) { ++all, good += is_good; }
  };
  Count accepted;
  Count refused;
  Count other_sizes;
  Count other_tags;
  each_case(*corpus, [&](const json::value& group, const json::value& test, bool valid) {
    const GcmCase c{unhex(test.at("key")), unhex(test.at("iv")), unhex(test.at("aad")),
                    unhex(test.at("msg")), unhex(test.at("ct")), unhex(test.at("tag"))};
    REQUIRE(c.tag.size() == tag_size);
    if (group.at("keySize") != 256 || group.at("ivSize") != 96) {
      other_sizes.add(c.is_refused_for_its_sizes());
    } else if (valid) {
      accepted.add(c.opened(c.tag) == c.message && c.seals_to_itself());
      other_tags.all += 2 * tag_size;
      other_tags.good += c.refused_tags();
    } else {
      refused.add(!c.opened(c.tag));
    }
  });
  MESSAGE("AES-256-GCM, 96-bit nonce, 128-bit tag: "
          << accepted.good << " of " << accepted.all << " valid cases accepted, " << refused.good
          << " of " << refused.all << " invalid ones refused");
  MESSAGE(other_sizes.good << " of " << other_sizes.all << " cases with another key or nonce size "
                           << "refused, and " << other_tags.good << " of " << other_tags.all
                           << " tags of other lengths");
  CHECK(accepted.good == 39);
  CHECK(accepted.all == 39);
  CHECK(refused.good == 27);
  CHECK(refused.all == 27);
  CHECK(other_sizes.good == 250);
  CHECK(other_sizes.all == 250);
  CHECK(other_tags.good == other_tags.all);
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
