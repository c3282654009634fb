#include "daemon/http/import_line.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace byok;

namespace {

const service::Catalog& catalog() {
  static const service::Catalog made = [] {
    std::vector<service::Provider> all;
    all.push_back({*ProviderId::parse("openai"),
                   providers::Format::openai,
                   {},
                   "authorization",
                   "Bearer ",
                   {}});
    return service::Catalog(std::move(all), {});
  }();
  return made;
}

Result<service::ImportLine> parse(std::string_view text) {
  return http::parse_import_line(catalog(), text);
}

}  // namespace

TEST_CASE("an import's line makes a tenant, a key and a token, or fewer of them") {
  const auto all = parse(R"({"tenant":"acme","provider":"openai","apiKey":"sk-0123456789",)"
                         R"("token":{"name":"ci","scope":"chat"}})");
  REQUIRE(all.has_value());
  CHECK(all->tenant.view() == "acme");
  CHECK(all->provider->view() == "openai");
  CHECK(all->key->reveal() == "sk-0123456789");
  CHECK(all->token->name == "ci");
  CHECK(all->token->scope == Scope::chat);

  const auto tenant = parse(R"({"tenant":"acme"})");
  REQUIRE(tenant.has_value());
  CHECK_FALSE(tenant->provider.has_value());
  CHECK_FALSE(tenant->key.has_value());
  CHECK_FALSE(tenant->token.has_value());
}

TEST_CASE("an import's line that is wrong is refused, and nothing of it is repeated") {
  struct Case {
    std::string_view name;
    std::string_view line;
    Errc code;
  };
  const Case cases[] = {
      {"no JSON", "sk-secret-0", Errc::invalid_json},
      {"no object", R"(["sk-secret-0"])", Errc::invalid_json},
      {"no tenant", R"({"provider":"openai","apiKey":"sk-secret-0"})", Errc::invalid_tenant},
      {"a key as the tenant", R"({"tenant":"SK-SECRET sk-secret-0"})", Errc::invalid_tenant},
      {"an unknown member", R"({"tenant":"acme","sk-secret-0":1})", Errc::bad_request},
      {"a key without a provider", R"({"tenant":"acme","apiKey":"sk-secret-0"})",
       Errc::bad_request},
      {"a provider without a key", R"({"tenant":"acme","provider":"openai"})", Errc::bad_request},
      {"an unknown provider", R"({"tenant":"acme","provider":"sk-secret-0","apiKey":"k"})",
       Errc::unknown_provider},
      {"a key that is none", R"({"tenant":"acme","provider":"openai","apiKey":"sk-secret-0 x"})",
       Errc::invalid_key},
      {"an operator's token", R"({"tenant":"acme","token":{"scope":"admin"}})", Errc::bad_request},
      {"a token that is none", R"({"tenant":"acme","token":"sk-secret-0"})", Errc::bad_request},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto line = parse(c.line);
    REQUIRE(line.has_error());
    CHECK(line.error().code == c.code);
    CHECK(line.error().message().find("sk-secret-0") == std::string::npos);
  }
}
