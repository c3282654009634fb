#include "common/nearest_name.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace byok;

TEST_CASE("changes are counted by letters put in, left out, changed and swapped") {
  struct Case {
    const char* a;
    const char* b;
    std::size_t changes;
  };
  const Case cases[] = {
      {"", "", 0},        {"abc", "abc", 0},       {"", "abc", 3},      {"abc", "", 3},
      {"lst", "list", 1}, {"lisst", "list", 1},    {"lost", "list", 1}, {"lsit", "list", 1},
      {"ca", "abc", 3},   {"kitten", "sitting", 3}};
  for (const Case& c : cases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK(edit_distance(c.a, c.b) == c.changes);
    CHECK(edit_distance(c.b, c.a) == c.changes);
  }
}

TEST_CASE("the nearest name is told where it is near enough to be meant") {
  const std::vector<std::string> names = {"set",    "list",    "rotate",   "delete",
                                          "models", "restore", "root-key", "completion"};
  struct Case {
    const char* name;
    const char* nearest;
  };
  const Case cases[] = {{"roatte", "rotate"},
                        {"lsit", "list"},
                        {"dlete", "delete"},
                        {"st", "set"},
                        {"model", "models"},
                        {"rest", "restore"},
                        {"compl", "completion"},
                        {"frobnicate", ""},
                        {"x", ""},
                        {"", ""},
                        {"xyz", ""},
                        {"rotate", "rotate"}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(nearest_name(c.name, names) == c.nearest);
  }
  // Of any length, without a look at each of its letters.
  CHECK(nearest_name(std::string(100'000'000, 'a'), names).empty());
}
