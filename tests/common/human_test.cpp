#include "common/human.hpp"

#include <doctest/doctest.h>

#include "common/edit_distance.hpp"

using namespace byok;

TEST_CASE("one thing has no s behind it") {
  CHECK(counted(0, "key") == "0 keys");
  CHECK(counted(1, "key") == "1 key");
  CHECK(counted(2, "key") == "2 keys");
}

TEST_CASE("words are as far apart as it takes to change one into the other") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("limit", "limit") == 0);
  CHECK(edit_distance("limt", "limit") == 1);
  CHECK(edit_distance("verify", "") == 6);
  CHECK(edit_distance("kitten", "sitting") == 3);
}
