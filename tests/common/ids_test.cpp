#include "common/ids.hpp"

#include <doctest/doctest.h>

#include <string>
#include <unordered_set>

namespace byok {
namespace {

struct Case {
  std::string_view name;
  std::string text;
  bool good;
};

TEST_CASE("a tenant's id is what the API says it is") {
  const Case cases[] = {
      {"one letter", "a", true},
      {"one digit", "7", true},
      {"all kinds", "a0.b_c-d", true},
      {"63 characters", std::string(63, 'a'), true},
      {"64 characters", std::string(64, 'a'), false},
      {"nothing", "", false},
      {"a capital", "Acme", false},
      {"a capital inside", "aCme", false},
      {"dot first", ".a", false},
      {"hyphen first", "-a", false},
      {"underscore first", "_a", false},
      {"slash", "a/b", false},
      {"space", "a b", false},
      {"newline behind", "a\n", false},
      {"zero byte", std::string("a\0b", 3), false},
      {"percent", "a%62", false},
      {"beyond ASCII", "caf\xc3\xa9", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Result<TenantId> id = TenantId::parse(c.text);
    CHECK(id.has_value() == c.good);
    if (id) {
      CHECK(id->view() == c.text);
    } else {
      CHECK(id.error().code == Errc::invalid_tenant);
    }
  }
}

TEST_CASE("a provider's name is what the API says it is") {
  const Case cases[] = {
      {"openai", "openai", true},
      {"with digits and hyphens", "llama-3", true},
      {"32 characters", std::string(32, 'a'), true},
      {"33 characters", std::string(33, 'a'), false},
      {"nothing", "", false},
      {"digit first", "3llama", false},
      {"hyphen first", "-a", false},
      {"a capital", "OpenAI", false},
      {"dot", "open.ai", false},
      {"underscore", "open_ai", false},
      {"zero byte", std::string("open\0ai", 7), false},
      {"a word of the API's paths", "admin", false},
      {"another", "v1beta", false},
      {"longer than such a word", "admin2", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Result<ProviderId> id = ProviderId::parse(c.text);
    CHECK(id.has_value() == c.good);
    if (id) {
      CHECK(id->view() == c.text);
    } else {
      CHECK(id.error().code == Errc::unknown_provider);
    }
  }
}

TEST_CASE("ids are compared, ordered and hashed by their text") {
  TenantId a = TenantId::parse("a").value();
  TenantId ab = TenantId::parse("ab").value();
  CHECK(a == TenantId::parse("a").value());
  CHECK(a != ab);
  CHECK(a < ab);
  std::unordered_set<TenantId> set{a, ab, a};
  CHECK(set.size() == 2);
}

TEST_CASE("the default ids are empty and equal no parsed one") {
  CHECK(TenantId().view().empty());
  CHECK(ProviderId().view().empty());
  CHECK(TenantId() != TenantId::parse("a").value());
}

}  // namespace
}  // namespace byok
