#include "common/version.hpp"

#include <doctest/doctest.h>

namespace byok {
namespace {

TEST_CASE("a version is told with its commit and its libraries, as loaded") {
  const std::string name = "byokd " + std::string(version);
  CHECK(describe_version("byokd", "1234567890ab", {}) == name + " (1234567890ab)");
  CHECK(describe_version("byokd", "", {{"A", "1.0", "1.0"}, {"B", "2.0", "2.1"}}) ==
        name + "\nA 1.0, B 2.1 (compiled with 2.0)");
}

TEST_CASE("libraries tell which they are") {
  for (const Library& library : {openssl_library(), boost_library(), fmt_library()}) {
    CAPTURE(library.name);
    CHECK(library.compiled.find('.') != std::string_view::npos);
    // Debian does not change what a library can do within a release.
    CHECK(library.loaded.substr(0, library.loaded.find('.')) ==
          library.compiled.substr(0, library.compiled.find('.')));
  }
}

}  // namespace
}  // namespace byok
