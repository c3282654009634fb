#include <doctest/doctest.h>

#include <string>

#include "daemon/http/query.hpp"

using namespace byok;
using namespace byok::http;

TEST_CASE("a query has the names that its path knows, each once and with a value") {
  struct Case {
    std::string_view name;
    std::string_view query;
    std::string_view known;
    std::string_view says;  // empty: fine
  };
  const Case cases[] = {
      {"nothing", "", "", ""},
      {"nothing of what may be", "", "limit after", ""},
      {"all", "after=x&limit=5", "limit after", ""},
      {"empty pairs", "&limit=5&", "limit after", ""},
      {"no value behind =", "after=", "limit after", ""},
      {"a typing error", "limt=5", "limit after", "did you mean 'limit'?"},
      {"another case", "Limit=5", "limit after", "did you mean 'limit'?"},
      {"escaped", "l%69mit=5", "limit after", "did you mean 'limit'?"},
      {"only a beginning", "lim=5", "limit after", "did you mean 'limit'?"},
      {"nearer to the other", "limit=5&aftr=x", "limit after", "did you mean 'after'?"},
      {"where nothing may be", "x=1", "", "takes nothing behind '?'"},
      {"no =", "limit", "limit after", "'limit' needs a value"},
      {"twice", "limit=5&limit=6", "limit after", "'limit' stands in the query twice"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Result<void> checked = check_query(c.query, c.known);
    CHECK(checked.has_value() == c.says.empty());
    if (checked) continue;
    CHECK(checked.error().code == Errc::bad_request);
    CHECK(checked.error().message().find(c.says) != std::string::npos);
  }
}

TEST_CASE("what came in a query is not repeated") {
  const std::string secret = "sk-proj-0123456789abcdef";
  for (const std::string& query : {secret + "=1", secret, "verify=" + secret}) {
    CAPTURE(query);
    Result<void> checked = check_query(query, "verify");
    const std::string said =
        checked ? flag_in(query, "verify").error().message() : checked.error().message();
    CHECK(said.find(secret) == std::string::npos);
  }
}

TEST_CASE("a flag is true or false, and false where it is not there") {
  CHECK(flag_in("", "verify").value() == false);
  CHECK(flag_in("other=true", "verify").value() == false);
  CHECK(flag_in("verify=false", "verify").value() == false);
  CHECK(flag_in("verify=true", "verify").value() == true);
  for (const char* query : {"verify=1", "verify=", "verify=TRUE", "verify=yes", "verify=true%20"}) {
    CAPTURE(query);
    Result<bool> flag = flag_in(query, "verify");
    REQUIRE(flag.has_error());
    CHECK(flag.error().code == Errc::bad_request);
    CHECK(flag.error().message() == "'verify' must be true or false");
  }
}

TEST_CASE("tokens are paged by their ids") {
  CHECK(token_range_in("").value().most == 1000);
  CHECK(token_range_in("").value().after.empty());
  CHECK(token_range_in("limit=7&after=tok_abc").value().after == "tok_abc");
  CHECK(token_range_in("limit=7&after=tok_abc").value().most == 7);
  for (const std::string& query :
       {std::string("limit=0"), std::string("limit=1001"), std::string("limit=x"),
        std::string("after=byok_abc"), "after=tok_" + std::string(300, 'a')}) {
    CAPTURE(query);
    CHECK(token_range_in(query).error().code == Errc::bad_request);
  }
}
