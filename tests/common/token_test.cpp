#include "common/token.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>

namespace byok {
namespace {

constexpr Scope all_scopes[] = {Scope::full, Scope::chat, Scope::admin};
constexpr std::string_view alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

TEST_CASE("scopes have the names of the API and are found by them") {
  CHECK(scope_name(Scope::full) == "full");
  CHECK(scope_name(Scope::chat) == "chat");
  CHECK(scope_name(Scope::admin) == "admin");
  for (Scope scope : all_scopes) CHECK((scope_from_name(scope_name(scope)) == scope));
  CHECK_FALSE(scope_from_name("").has_value());
  CHECK_FALSE(scope_from_name("Full").has_value());
}

TEST_CASE("a new token has its scope's prefix and length, and tells its scope") {
  struct Case {
    Scope scope;
    std::string_view prefix;
  };
  const Case cases[] = {
      {Scope::full, "byok_"}, {Scope::chat, "byokchat_"}, {Scope::admin, "byokadmin_"}};
  for (const Case& c : cases) {
    CAPTURE(c.prefix);
    Secret token = make_token(c.scope);
    CHECK(token.reveal().starts_with(c.prefix));
    CHECK(token.size() == c.prefix.size() + 43 + 6);
    CHECK(token.reveal().find_first_not_of(alphabet, c.prefix.size()) == std::string_view::npos);
    CHECK((token_scope(token.reveal()) == c.scope));
  }
}

TEST_CASE("the secret of a link has a token's form, and is none") {
  const Secret secret = make_link_secret();
  const std::string text(secret.reveal());
  CHECK(text.starts_with("byoklink_"));
  CHECK(text.size() == 9 + 43 + 6);
  CHECK(is_link_secret(text));
  CHECK_FALSE(token_scope(text).has_value());
  CHECK_FALSE(is_link_secret(make_token(Scope::full).reveal()));
  CHECK_FALSE(is_link_secret(text + "0"));
  CHECK_FALSE(is_link_secret(text.substr(0, text.size() - 1)));
  CHECK_FALSE(is_link_secret("byoklink_"));
  CHECK_FALSE(is_link_secret(""));
  CHECK(make_link_secret().reveal() != text);
}

TEST_CASE("no two new tokens are alike") {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.emplace(make_token(Scope::chat).reveal());
  CHECK(seen.size() == 200);
}

TEST_CASE("the checksum is the CRC-32 of all that stands before it") {
  // Its CRC-32, 0x5ea9f666 in base 62, was worked out with zlib.
  std::string checked = "byok_0000000000000000000000000000000000000000000";
  CHECK((token_scope(checked + "1jTua6") == Scope::full));
  CHECK_FALSE(token_scope(checked + "000000").has_value());
}

TEST_CASE("each single changed character is told") {
  for (Scope scope : all_scopes) {
    std::string token(make_token(scope).reveal());
    for (std::size_t i = 0; i < token.size(); ++i) {
      for (char other : alphabet) {
        if (other == token[i]) continue;
        std::string changed = token;
        changed[i] = other;
        CAPTURE(i);
        CHECK_FALSE(token_scope(changed).has_value());
      }
    }
  }
}

TEST_CASE("each two neighbours that changed places are told") {
  std::string token(make_token(Scope::full).reveal());
  for (std::size_t i = 0; i + 1 < token.size(); ++i) {
    if (token[i] == token[i + 1]) continue;
    std::string changed = token;
    std::swap(changed[i], changed[i + 1]);
    CAPTURE(i);
    CHECK_FALSE(token_scope(changed).has_value());
  }
}

TEST_CASE("what is no whole token tells no scope") {
  std::string token(make_token(Scope::full).reveal());
  for (std::size_t size = 0; size < token.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(token_scope(std::string_view(token).substr(0, size)).has_value());
  }
  for (const std::string& text : {token + "0", token + "\n", " " + token, std::string(54, '0'),
                                  "byokchat_" + token.substr(5), std::string("sk-abc")}) {
    CAPTURE(text);
    CHECK_FALSE(token_scope(text).has_value());
  }
}

}  // namespace
}  // namespace byok
