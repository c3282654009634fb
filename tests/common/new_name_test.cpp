#include "common/new_name.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/support/no_rename_flags.hpp"
#include "tests/support/temp_folder.hpp"

using byok::give_new_name;
using namespace byok::testing;

namespace {

struct Tried {
  bool named = false;
  bool over_another = true;
  int why_not = 0;
};

Tried try_names(const TempFolder& folder) {
  folder.write("part", "new");
  folder.write("other", "theirs");
  Tried tried;
  tried.over_another = give_new_name(folder / "part", folder / "other");
  tried.why_not = errno;
  tried.named = give_new_name(folder / "part", folder / "whole");
  return tried;
}

void check_names(const TempFolder& folder, const Tried& tried) {
  CHECK_FALSE(tried.over_another);
  CHECK(tried.why_not == EEXIST);
  CHECK(tried.named);
  CHECK(read_file(folder / "whole") == "new");
  CHECK(read_file(folder / "other") == "theirs");
  CHECK_FALSE(std::filesystem::exists(folder / "part"));
}

}  // namespace

TEST_CASE("a file gets a name that is free, and replaces nothing") {
  const TempFolder folder;
  check_names(folder, try_names(folder));
}

TEST_CASE("a file gets its name too where the file system cannot rename without replacing") {
  const TempFolder folder;
  Tried tried;
  if (!without_rename_flags([&] { tried = try_names(folder); })) return;
  check_names(folder, tried);
}
