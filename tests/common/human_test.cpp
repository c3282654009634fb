#include "common/human.hpp"

#include <doctest/doctest.h>

using namespace byok;

TEST_CASE("one thing has no s behind it") {
  CHECK(counted(0, "key") == "0 keys");
  CHECK(counted(1, "key") == "1 key");
  CHECK(counted(2, "key") == "2 keys");
}
