#include "daemon/vault/vault.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/support/hex.hpp"

namespace byok::vault {
namespace {

// What holds key bytes is not copied, and not compared in a time that tells where it differs.
static_assert(!std::is_copy_constructible_v<RootKey> && !std::is_copy_assignable_v<RootKey>);
static_assert(!std::is_copy_constructible_v<Dek> && !std::is_copy_assignable_v<Dek>);
static_assert(!std::is_convertible_v<Secret, RootKey>);

constexpr std::string_view api_key = "sk-proj-0123456789abcdef";
constexpr UnixTime set_at = 1'700'000'000;
constexpr UnixTime rotated_at = 1'700'000'500;

RootKey root_key(char fill) { return RootKey(Secret(std::string(crypto::key_size, fill))); }
DatabaseId database_id(char fill) {
  DatabaseId id;
  id.fill(fill);
  return id;
}
TenantId tenant(std::string_view text) { return TenantId::parse(text).value(); }
ProviderId provider(std::string_view text) { return ProviderId::parse(text).value(); }

// A vault with one DEK and one key of tenant acme.
struct Sealed {
  Vault vault{root_key('r'), database_id('d')};
  Dek dek = Dek::make();
  KeyPlace place{tenant("acme"), provider("openai"), 7};
  std::string wrapped = vault.wrap(place.tenant, place.dek_version, set_at, dek);
  std::string key = vault.seal(dek, place, {7, set_at, rotated_at}, api_key);

  bool unwraps(std::string_view record) const {
    return vault.unwrap(place.tenant, place.dek_version, record).has_value();
  }
  bool opens(std::string_view record) const { return vault.open(dek, place, record).has_value(); }
};

template <class Refused>
void refuses_each_flipped_bit(std::string record, Refused refused) {
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    char mask = static_cast<char>(1 << (bit % 8));
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ mask);
    CAPTURE(bit);
    CHECK(refused(record));
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ mask);
  }
}

template <class Refused>
void refuses_each_other_length(const std::string& record, Refused refused) {
  for (std::size_t size = 0; size < record.size(); ++size) {
    CAPTURE(size);
    CHECK(refused(record.substr(0, size)));
    CHECK(refused(record.substr(record.size() - size)));
  }
  CHECK(refused(record + '\0'));
  CHECK(refused('\0' + record));
  CHECK(refused(record + record));
}

TEST_CASE("a provider key comes back through its DEK's wrapped form") {
  Sealed s;
  Result<Dek> dek = s.vault.unwrap(s.place.tenant, 7, s.wrapped);
  REQUIRE(dek.has_value());
  Result<Secret> secret = s.vault.open(*dek, s.place, s.key);
  REQUIRE(secret.has_value());
  CHECK(secret->reveal() == api_key);
}

TEST_CASE("secrets of every length come back") {
  Sealed s;
  for (std::size_t size : {0U, 1U, 15U, 16U, 17U, 51U, 164U, 4096U, 65536U}) {
    CAPTURE(size);
    std::string secret(size, 's');
    Result<Secret> opened =
        s.vault.open(s.dek, s.place, s.vault.seal(s.dek, s.place, {7, set_at, 0}, secret));
    REQUIRE(opened.has_value());
    CHECK(opened->reveal() == secret);
  }
}

TEST_CASE("the same secret never seals to the same record, nor shows in it") {
  Sealed s;
  std::string again = s.vault.seal(s.dek, s.place, {7, set_at, rotated_at}, api_key);
  CHECK(again != s.key);
  CHECK(again.substr(30) != s.key.substr(30));
  CHECK(s.key.find(api_key.substr(0, 8)) == std::string::npos);
}

TEST_CASE("the records have the sizes and the clear fields of their byte tables") {
  Sealed s;
  CHECK(s.wrapped.size() == 22 + 32 + 12 + 32 + 16 + 32);
  CHECK(s.wrapped.starts_with(std::string_view("bykD\x01\x02", 6)));
  CHECK(s.key.size() == 30 + 32 + 12 + api_key.size() + 16 + 32);
  CHECK(s.key.starts_with(std::string_view("bykK\x01\x02\0\0\0\0\0\0\0\x07", 14)));
}

// Made by the version that knew algorithm 1 alone, for the place and keys of Sealed.
constexpr std::string_view wrapped_by_algorithm_1 =
    "62796b440101c9616e0f3697f4f7000000006553f1007bd4d45cc797ee255d20195fae8ac05813ef"
    "554de5485640d61f20a05824e57353ba885461de40c262623522bd71b296ae2c28b91c33466858c3"
    "4b4acbbf7ac7ff3196236e79adc16473365b9b7edd28458062f8f86693c245b543db55ac7a159f70"
    "e09bd28e053b39b6e465064402cae39a091521684850b9f1c3dd";
constexpr std::string_view sealed_by_algorithm_1 =
    "62796b4b01010000000000000007000000006553f100000000006553f2f47699837e97861ab32db6"
    "5b5d4d3dc9505910eaff53e8bf421570bfa112478e428dd4cc78fc4c12fd0cb44d3079a3d349bbed"
    "18d216dd3ebeadb6bdb38a3b10b01064e30c24cd377ad2c4d754f0dc0bd8636965854f01acff6383"
    "221b670e9ad318255d4db2a7873c67abc68e8cdab6623ff81559";

TEST_CASE("records of algorithm 1 open, and no others pass for them") {
  Sealed s;
  const std::string wrapped = testing::unhex(wrapped_by_algorithm_1);
  std::string sealed = testing::unhex(sealed_by_algorithm_1);
  Result<Dek> dek = s.vault.unwrap(s.place.tenant, 7, wrapped);
  REQUIRE(dek.has_value());
  Result<Secret> secret = s.vault.open(*dek, s.place, sealed);
  REQUIRE(secret.has_value());
  CHECK(secret->reveal() == api_key);
  refuses_each_flipped_bit(sealed, [&](const std::string& changed) {
    return !s.vault.open(*dek, s.place, changed).has_value();
  });
  for (char algorithm : {'\x00', '\x02', '\x03'}) {
    sealed[5] = algorithm;
    CHECK_FALSE(s.vault.open(*dek, s.place, sealed).has_value());
  }
  std::string as_old = s.key;
  as_old[5] = '\x01';
  CHECK_FALSE(s.opens(as_old));
}

TEST_CASE("headers are read without opening") {
  Sealed s;
  Result<KeyHeader> header = peek_key_header(s.key);
  REQUIRE(header.has_value());
  CHECK(header->dek_version == 7);
  CHECK(header->set_at == set_at);
  CHECK(header->rotated_at == rotated_at);
  Result<UnixTime> created_at = peek_dek_created_at(s.wrapped);
  REQUIRE(created_at.has_value());
  CHECK(*created_at == set_at);

  CHECK_FALSE(peek_key_header(s.wrapped).has_value());
  CHECK_FALSE(peek_dek_created_at(s.key).has_value());
  CHECK_FALSE(peek_key_header("").has_value());
}

TEST_CASE("a refused record is KEY_UNREADABLE, and its message holds nothing of the key") {
  Sealed s;
  Result<Secret> opened = s.vault.open(s.dek, s.place, "junk");
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == Errc::key_unreadable);
  Result<Dek> unwrapped = s.vault.unwrap(s.place.tenant, 7, "junk");
  REQUIRE_FALSE(unwrapped.has_value());
  CHECK(unwrapped.error().code == Errc::key_unreadable);
  Result<std::string_view> verified = s.vault.verify("tokens", "k", "junk");
  REQUIRE_FALSE(verified.has_value());
  CHECK(verified.error().code == Errc::key_unreadable);
}

TEST_CASE("a wrapped DEK with any bit flipped is refused") {
  Sealed s;
  REQUIRE(s.unwraps(s.wrapped));
  refuses_each_flipped_bit(s.wrapped, [&](const std::string& r) { return !s.unwraps(r); });
}

TEST_CASE("a sealed key with any bit flipped is refused") {
  Sealed s;
  REQUIRE(s.opens(s.key));
  refuses_each_flipped_bit(s.key, [&](const std::string& r) { return !s.opens(r); });
}

TEST_CASE("an authenticated record with any bit flipped is refused") {
  Sealed s;
  std::string record = s.vault.authenticate("tenants", "acme", "value");
  REQUIRE(s.vault.verify("tenants", "acme", record).has_value());
  refuses_each_flipped_bit(record, [&](const std::string& r) {
    return !s.vault.verify("tenants", "acme", r).has_value();
  });
}

TEST_CASE("records cut short, lengthened or without their beginning are refused") {
  Sealed s;
  refuses_each_other_length(s.wrapped, [&](const std::string& r) { return !s.unwraps(r); });
  refuses_each_other_length(s.key, [&](const std::string& r) { return !s.opens(r); });
  std::string record = s.vault.authenticate("tenants", "acme", "value");
  refuses_each_other_length(record, [&](const std::string& r) {
    return !s.vault.verify("tenants", "acme", r).has_value();
  });
}

TEST_CASE("a sealed key does not open in another place") {
  Sealed s;
  struct Case {
    std::string_view name;
    KeyPlace place;
  };
  const Case cases[] = {
      {"another tenant", {tenant("acmf"), provider("openai"), 7}},
      {"a tenant whose name begins alike", {tenant("acme2"), provider("openai"), 7}},
      {"another provider", {tenant("acme"), provider("anthropic"), 7}},
      {"the border between tenant and provider moved", {tenant("acmeo"), provider("penai"), 7}},
      {"an older DEK version", {tenant("acme"), provider("openai"), 6}},
      {"a newer DEK version", {tenant("acme"), provider("openai"), 8}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK_FALSE(s.vault.open(s.dek, c.place, s.key).has_value());
  }
}

TEST_CASE("a wrapped DEK does not open for another tenant or version") {
  Sealed s;
  CHECK_FALSE(s.vault.unwrap(tenant("globex"), 7, s.wrapped).has_value());
  CHECK_FALSE(s.vault.unwrap(tenant("acme"), 6, s.wrapped).has_value());
  CHECK_FALSE(s.vault.unwrap(tenant("acme"), 8, s.wrapped).has_value());
}

TEST_CASE("no record opens in another database or under another root key") {
  Sealed s;
  const Vault others[] = {Vault(root_key('r'), database_id('e')),
                          Vault(root_key('q'), database_id('d'))};
  std::string record = s.vault.authenticate("tenants", "acme", "value");
  for (const Vault& other : others) {
    CHECK_FALSE(other.unwrap(s.place.tenant, 7, s.wrapped).has_value());
    CHECK_FALSE(other.verify("tenants", "acme", record).has_value());
  }
  CHECK_FALSE(others[0].open(s.dek, s.place, s.key).has_value());
}

TEST_CASE("a sealed key does not open under another DEK") {
  Sealed s;
  CHECK_FALSE(s.vault.open(Dek::make(), s.place, s.key).has_value());
}

TEST_CASE("a key record names its DEK only, so a new root key leaves it alone") {
  Sealed s;
  Vault next(root_key('q'), database_id('d'));
  Result<Dek> dek = next.unwrap(s.place.tenant, 7, next.wrap(s.place.tenant, 7, set_at, s.dek));
  REQUIRE(dek.has_value());
  CHECK(next.open(*dek, s.place, s.key).has_value());
}

TEST_CASE("the two kinds of sealed record are not taken for one another") {
  Sealed s;
  CHECK_FALSE(s.opens(s.wrapped));
  CHECK_FALSE(s.unwraps(s.key));
  // The same size as a DEK, so that only the kind tells them apart.
  std::string like_a_dek =
      s.vault.seal(s.dek, s.place, {7, set_at, 0}, std::string(crypto::key_size, 'x'));
  CHECK_FALSE(s.unwraps(like_a_dek));
}

TEST_CASE("an authenticated record holds in its own sub-database and under its own key only") {
  Sealed s;
  std::string record = s.vault.authenticate("tenants", "acme", "value");
  Result<std::string_view> value = s.vault.verify("tenants", "acme", record);
  REQUIRE(value.has_value());
  CHECK(*value == "value");
  CHECK(value->data() == record.data());

  CHECK_FALSE(s.vault.verify("tokens", "acme", record).has_value());
  CHECK_FALSE(s.vault.verify("tenants", "globex", record).has_value());
  CHECK_FALSE(s.vault.verify("tenantsa", "cme", record).has_value());
  CHECK_FALSE(s.vault.verify("", "tenantsacme", record).has_value());
}

TEST_CASE("an empty value is authenticated too") {
  Sealed s;
  std::string record = s.vault.authenticate("meta", "k", "");
  CHECK(record.size() == 8 + 32);
  Result<std::string_view> value = s.vault.verify("meta", "k", record);
  REQUIRE(value.has_value());
  CHECK(value->empty());
}

TEST_CASE("sealing under a place of another DEK version is a bug") {
  Sealed s;
  CHECK_THROWS_AS(s.vault.seal(s.dek, s.place, {8, set_at, 0}, api_key), std::invalid_argument);
}

TEST_CASE("a root key is 32 bytes, and is known by an id and by a check value of each database") {
  for (std::size_t size : {0U, 16U, 31U, 33U, 64U}) {
    CAPTURE(size);
    CHECK_THROWS_AS(RootKey(Secret(size)), std::invalid_argument);
  }
  RootKey key = root_key('r');
  CHECK(key.id() == root_key('r').id());
  CHECK(key.id() != root_key('q').id());
  CHECK((key.check_value(database_id('d')) == root_key('r').check_value(database_id('d'))));
  CHECK((key.check_value(database_id('d')) != key.check_value(database_id('e'))));
  CHECK((key.check_value(database_id('d')) != root_key('q').check_value(database_id('d'))));
}

TEST_CASE("database ids are random") { CHECK((make_database_id() != make_database_id())); }

}  // namespace
}  // namespace byok::vault
