#include "daemon/activation.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace byok::daemon {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("sockets are taken where the variables name this process, and nothing else is") {
  struct Case {
    std::string_view name;
    Environment environment;
    std::optional<Names> found;  // nothing: refused
  };
  const Case cases[] = {
      {"nothing set", {}, Names{}},
      {"one socket", {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "1"}}, Names{"unknown"}},
      {"names",
       {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "unix:http"}},
       Names{"unix", "http"}},
      {"a name that is empty",
       {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", ":http"}},
       Names{"", "http"}},
      {"empty names",
       {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", ""}},
       Names{"unknown"}},
      {"no socket", {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "0"}}, Names{}},
      {"another process's", {{"LISTEN_PID", "8"}, {"LISTEN_FDS", "1"}}, Names{}},
      {"another process's, malformed", {{"LISTEN_PID", "8"}, {"LISTEN_FDS", "x"}}, Names{}},
      {"nobody's", {{"LISTEN_FDS", "1"}}, Names{}},
      {"no number of sockets", {{"LISTEN_PID", "7"}}, Names{}},
      {"a process that is none", {{"LISTEN_PID", "7x"}, {"LISTEN_FDS", "1"}}, std::nullopt},
      {"a number that is none", {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "one"}}, std::nullopt},
      {"less than none", {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "-1"}}, std::nullopt},
      {"more than can be", {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "99999999999"}}, std::nullopt},
      {"too few names",
       {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "a"}},
       std::nullopt},
      {"too many names",
       {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "a:b"}},
       std::nullopt},
      {"names of no socket",
       {{"LISTEN_PID", "7"}, {"LISTEN_FDS", "0"}, {"LISTEN_FDNAMES", "a"}},
       std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Result<Names> got = handed_over_names(c.environment, 7);
    REQUIRE(got.has_value() == c.found.has_value());
    if (got) {
      CHECK(*got == *c.found);
    } else {
      CHECK(got.error().code == Errc::bad_request);
    }
  }
}

}  // namespace
}  // namespace byok::daemon
