#include "common/error.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace byok {
namespace {

// The last enumerator; codes are counted from 0.
constexpr int last_code = static_cast<int>(Errc::provider_timeout);

TEST_CASE("each error code has a name of its own and is found by it") {
  std::set<std::string> names;
  for (int i = 0; i <= last_code; ++i) {
    auto code = static_cast<Errc>(i);
    std::string name(code_name(code));
    CAPTURE(name);
    CHECK(!name.empty());
    CHECK(std::all_of(name.begin(), name.end(),
                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }));
    CHECK(code_from_name(name) == code);
    names.insert(name);
  }
  CHECK(names.size() == last_code + 1);
}

TEST_CASE("error codes are written as the API writes them") {
  CHECK(code_name(Errc::key_not_found) == "KEY_NOT_FOUND");
  CHECK(code_name(Errc::no_provider_key) == "NO_PROVIDER_KEY");
  CHECK(code_name(Errc::store_full) == "STORE_FULL");
}

TEST_CASE("what is no code's name gives nothing") {
  for (const char* name : {"", "key_not_found", "KEY_NOT_FOUND ", "KEY", "NOPE"}) {
    CAPTURE(name);
    CHECK_FALSE(code_from_name(name).has_value());
  }
}

TEST_CASE("a result that nobody checked throws when its value is taken") {
  Result<int> result = Error{Errc::not_found, "nothing here"};
  CHECK_FALSE(result.has_value());
  CHECK_THROWS_AS(result.value(), UncheckedError);
}

}  // namespace
}  // namespace byok
