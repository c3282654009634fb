#include "common/whole_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <functional>

#include "tests/support/temp_folder.hpp"

namespace byok {
namespace {

TEST_CASE("a file is read whole, and nothing else is") {
  const testing::TempFolder folder;
  const std::string path = folder / "file";
  struct Case {
    std::string_view name;
    std::function<void()> make;
    std::string_view says;  // empty: it is read
    Errc code = Errc::bad_request;
  };
  const Case cases[] = {
      {"none", [] {}, "cannot open", Errc::not_found},
      {"empty", [&] { folder.write("file", ""); }, ""},
      {"short", [&] { folder.write("file", "a\0b"); }, ""},
      {"as long as may be", [&] { folder.write("file", std::string(longest_whole_file, 'x')); },
       ""},
      {"longer", [&] { folder.write("file", std::string(longest_whole_file + 1, 'x')); },
       "too large"},
      {"a link", [&] { std::filesystem::create_symlink(folder.write("real", "linked"), path); },
       ""},
      {"a folder", [&] { std::filesystem::create_directory(path); }, "is not a file"},
      {"a pipe that nobody writes to", [&] { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); },
       "is not a file"},
      {"what never ends", [&] { std::filesystem::create_symlink("/dev/zero", path); },
       "is not a file"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    c.make();
    const auto read = read_whole_file(path);
    CHECK(read.has_value() == c.says.empty());
    if (read) {
      CHECK(read->text() == testing::read_file(path));
      CHECK(read->status.st_size == static_cast<off_t>(read->content.size()));
    } else {
      CHECK(read.error().code == c.code);
      CHECK(read.error().message().find(c.says) != std::string::npos);
      CHECK(read.error().message().find(path) != std::string::npos);
    }
    std::filesystem::remove(path);
  }
}

}  // namespace
}  // namespace byok
