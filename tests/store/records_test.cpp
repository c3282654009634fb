#include "daemon/store/records.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "common/encoding.hpp"
#include "tests/store/fixture.hpp"

namespace byok::store {
namespace {

using tests::provider;
using tests::tenant;

TenantRecord sample_tenant() {
  TenantRecord record;
  record.created_at = 1'700'000'000;
  record.global_fallback = false;
  record.dek_counter = 0x0102030405060708;
  record.keys = {{provider("openai"), 3}, {provider("anthropic"), 0xffffffffffffffff}};
  return record;
}

TokenRecord sample_token() {
  TokenRecord record;
  record.id = "tok_0123456789abcdef";
  record.name = "caf\xc3\xa9 widget";
  record.tenant = tenant("acme");
  record.scope = Scope::admin;
  record.created_at = 1'700'000'000;
  record.expires_at = 1'800'000'000;
  return record;
}

LinkRecord sample_link() {
  LinkRecord record;
  record.id = "lnk_0123456789abcdef";
  record.tenant = tenant("acme");
  record.provider = provider("openai");
  record.note = "caf\xc3\xa9";
  record.created_at = 1'700'000'000;
  record.expires_at = 1'700'086'400;
  record.used_at = 1'700'000'100;
  record.revoked_at = 1'700'000'200;
  return record;
}

TEST_CASE("a link's record comes back as it was") {
  std::optional<LinkRecord> back = decode_link(encode(sample_link()));
  REQUIRE(back.has_value());
  CHECK(back->id == "lnk_0123456789abcdef");
  CHECK((back->tenant == tenant("acme")));
  CHECK((back->provider == provider("openai")));
  CHECK(back->note == "caf\xc3\xa9");
  CHECK(back->created_at == 1'700'000'000);
  CHECK(back->expires_at == 1'700'086'400);
  CHECK(back->used_at == 1'700'000'100);
  CHECK(back->revoked_at == 1'700'000'200);
  LinkRecord bare;
  bare.tenant = tenant("a");
  bare.provider = provider("ab");
  back = decode_link(encode(bare));
  REQUIRE(back.has_value());
  CHECK(back->note.empty());
  CHECK(back->used_at == 0);
}

TEST_CASE("a tenant's record comes back as it was") {
  std::optional<TenantRecord> back = decode_tenant(encode(sample_tenant()));
  REQUIRE(back.has_value());
  CHECK(back->created_at == 1'700'000'000);
  CHECK_FALSE(back->global_fallback);
  CHECK(back->dek_counter == 0x0102030405060708);
  REQUIRE(back->keys.size() == 2);
  const ListedKey* found = back->find(provider("anthropic"));
  REQUIRE(found != nullptr);
  CHECK(found->dek_version == 0xffffffffffffffff);
  CHECK(back->find(provider("openai"))->dek_version == 3);
  CHECK(back->find(provider("gemini")) == nullptr);
}

TEST_CASE("a tenant's limits come back, and one without has the record of versions before them") {
  struct Case {
    std::string_view name;
    LimitOverrides limits;
    std::string_view flags;
    std::string_view behind;
  };
  const Case cases[] = {{"none", {}, "01", ""},
                        {"a second", {5, {}}, "03", "00000005"},
                        {"in flight", {{}, 0x01020304}, "05", "01020304"},
                        {"both, one of them off", {0, 7}, "07", "0000000000000007"}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    TenantRecord record;
    record.keys = {{provider("ab"), 3}};
    record.limits = c.limits;
    const std::string bytes = encode(record);
    CHECK(to_hex(bytes) ==
          "62796b5401"
          "0000000000000000" +
              std::string(c.flags) +
              "0000000000000000"
              "0001"
              "026162"
              "0000000000000003" +
              std::string(c.behind));
    CHECK(claims_limits(bytes) == (c.name != "none"));
    std::optional<TenantRecord> back = decode_tenant(bytes);
    REQUIRE(back.has_value());
    CHECK((back->limits == c.limits));
    CHECK(back->global_fallback);
    CHECK(back->keys.size() == 1);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK_FALSE(decode_tenant(std::string(bytes, 0, size)).has_value());
    }
    CHECK_FALSE(decode_tenant(bytes + '\0').has_value());
  }
  CHECK_FALSE(claims_limits("byk"));
}

TEST_CASE("a tenant without keys, and one with many, come back") {
  for (std::size_t count : {0U, 1U, 5U, 300U}) {
    CAPTURE(count);
    TenantRecord record;
    for (std::size_t i = 0; i < count; ++i) {
      record.keys.push_back({provider("p" + std::to_string(i)), i + 1});
    }
    std::optional<TenantRecord> back = decode_tenant(encode(record));
    REQUIRE(back.has_value());
    CHECK(back->global_fallback);
    REQUIRE(back->keys.size() == count);
    if (count > 0) CHECK(back->keys.back().dek_version == count);
  }
}

TEST_CASE("a token's record comes back as it was, of a tenant and of an operator") {
  std::optional<TokenRecord> back = decode_token(encode(sample_token()));
  REQUIRE(back.has_value());
  CHECK(back->id == "tok_0123456789abcdef");
  CHECK(back->name == "caf\xc3\xa9 widget");
  CHECK((back->tenant == tenant("acme")));
  CHECK((back->scope == Scope::admin));
  CHECK(back->created_at == 1'700'000'000);
  CHECK(back->expires_at == 1'800'000'000);

  TokenRecord of_operator = sample_token();
  of_operator.tenant.reset();
  of_operator.name.clear();
  back = decode_token(encode(of_operator));
  REQUIRE(back.has_value());
  CHECK_FALSE(back->tenant.has_value());
  CHECK(back->name.empty());
}

TEST_CASE("each scope and status comes back as itself") {
  for (Scope scope : {Scope::full, Scope::chat, Scope::admin}) {
    TokenRecord record = sample_token();
    record.scope = scope;
    std::optional<TokenRecord> back = decode_token(encode(record));
    REQUIRE(back.has_value());
    CHECK((back->scope == scope));
  }
  for (KeyStatus status : {KeyStatus::active, KeyStatus::restricted, KeyStatus::rejected}) {
    std::optional<KeyState> back = decode_key_state(encode(KeyState{123, status}));
    REQUIRE(back.has_value());
    CHECK(back->last_used_at == 123);
    CHECK((back->status == status));
  }
}

TEST_CASE("the bytes are those of the tables, which other versions read") {
  TenantRecord record;
  record.created_at = 1;
  record.dek_counter = 2;
  record.keys = {{provider("ab"), 3}};
  CHECK(to_hex(encode(record)) ==
        "62796b5401"
        "0000000000000001"
        "01"
        "0000000000000002"
        "0001"
        "026162"
        "0000000000000003");
  TokenRecord token{"t", "n", tenant("a"), Scope::chat, 1, 2};
  CHECK(to_hex(encode(token)) ==
        "62796b7401"
        "0000000000000001"
        "0000000000000002"
        "01"
        "0174"
        "00016e"
        "0161");
  LinkRecord link{"l", tenant("a"), provider("ab"), "n", 1, 2, 3, 4};
  CHECK(to_hex(encode(link)) ==
        "62796b6c01"
        "0000000000000001"
        "0000000000000002"
        "0000000000000003"
        "0000000000000004"
        "016c"
        "0161"
        "026162"
        "00016e");
  CHECK(to_hex(encode(KeyState{1, KeyStatus::rejected})) ==
        "62796b7301"
        "0000000000000001"
        "02");
}

TEST_CASE("records cut short or lengthened are refused") {
  struct Case {
    std::string_view name;
    std::string bytes;
    bool (*decodes)(std::string_view);
  };
  const Case cases[] = {
      {"tenant", encode(sample_tenant()),
       [](std::string_view b) { return decode_tenant(b).has_value(); }},
      {"token", encode(sample_token()),
       [](std::string_view b) { return decode_token(b).has_value(); }},
      {"link", encode(sample_link()),
       [](std::string_view b) { return decode_link(b).has_value(); }},
      {"state", encode(KeyState{1, KeyStatus::active}),
       [](std::string_view b) { return decode_key_state(b).has_value(); }},
      {"usage", encode(UsageCounts{1, 2, 3, 4}),
       [](std::string_view b) { return decode_usage_counts(b).has_value(); }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(c.decodes(c.bytes));
    CHECK_FALSE(c.decodes(c.bytes + '\0'));
    for (std::size_t size = 0; size < c.bytes.size(); ++size) {
      CAPTURE(size);
      // A copy of that size: reading behind it is then an error that the sanitizers see.
      CHECK_FALSE(c.decodes(std::string(c.bytes, 0, size)));
    }
    for (std::size_t i = 0; i < 5; ++i) {
      CAPTURE(i);
      std::string changed = c.bytes;
      ++changed[i];
      CHECK_FALSE(c.decodes(changed));
    }
    for (const Case& other : cases) {
      if (&other != &c) CHECK_FALSE(c.decodes(other.bytes));
    }
  }
}

TEST_CASE("values that no version writes are refused") {
  auto changed = [](std::string bytes, std::size_t at, char value) {
    bytes[at] = value;
    return bytes;
  };
  // A flag that no version writes, and one whose field is not there.
  CHECK_FALSE(decode_tenant(changed(encode(sample_tenant()), 13, 8)).has_value());
  CHECK_FALSE(decode_tenant(changed(encode(sample_tenant()), 13, 2)).has_value());
  CHECK_FALSE(decode_tenant(changed(encode(sample_tenant()), 25, 'X')).has_value());
  CHECK_FALSE(decode_token(changed(encode(sample_token()), 21, 3)).has_value());
  CHECK_FALSE(decode_key_state(changed(encode(KeyState{}), 13, 3)).has_value());
  const std::size_t link_tenant = 5 + 4 * 8 + 1 + sample_link().id.size() + 1;
  CHECK_FALSE(decode_link(changed(encode(sample_link()), link_tenant, 'A')).has_value());
  const std::size_t link_provider = link_tenant + 4 + 1;
  CHECK_FALSE(decode_link(changed(encode(sample_link()), link_provider, '1')).has_value());
}

TEST_CASE("rows of usage are what they were, in the order of their days") {
  const UsageRow row{20'000, provider("openai"), "gpt-4o", KeySource::global};
  const std::optional<UsageRow> back = decode_usage_row(encode(row));
  REQUIRE(back.has_value());
  CHECK(back->day == row.day);
  CHECK(back->provider == row.provider);
  CHECK(back->model == row.model);
  CHECK(back->source == row.source);
  UsageRow later = row;
  later.day = 20'001;
  later.provider = provider("anthropic");
  CHECK(encode(row) < encode(later));
  CHECK(usage_rows_from(row.day) < encode(row));
  CHECK(encode(row) < usage_rows_from(later.day));
  const std::string bytes = encode(row);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(decode_usage_row(std::string(bytes, 0, size)).has_value());
  }
  CHECK_FALSE(decode_usage_row(bytes + "t").has_value());
  CHECK_FALSE(decode_usage_row(bytes.substr(0, bytes.size() - 1) + "x").has_value());
}

TEST_CASE("counts stay at the largest number") {
  UsageCounts counts{1, 2, ~std::uint64_t{0} - 1, 4};
  counts += {10, 20, 30, 40};
  CHECK(counts == UsageCounts{11, 22, ~std::uint64_t{0}, 44});
}

TEST_CASE("what does not fit a record is a bug") {
  TokenRecord token = sample_token();
  token.name.assign(70'000, 'n');
  CHECK_THROWS_AS(encode(token), std::length_error);
  token = sample_token();
  token.id.assign(256, 'i');
  CHECK_THROWS_AS(encode(token), std::length_error);
  LinkRecord link = sample_link();
  link.note.assign(70'000, 'n');
  CHECK_THROWS_AS(encode(link), std::length_error);
}

}  // namespace
}  // namespace byok::store
