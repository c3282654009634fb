// byok backup: the file that it makes, and what is left where it cannot.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "tests/cli/served.hpp"
#include "tests/support/no_rename_flags.hpp"

using namespace byok::testing;

namespace {

Reply bytes() { return ok("all of it", "application/octet-stream"); }

// The first half of a backup, and then nothing.
Reply half() {
  return {"HTTP/1.1 200 OK\r\nX-Byok-Request-Id: r\r\nContent-Length: 100\r\n\r\nhalf of it"};
}

bool something_came(const TempFolder& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.file_size() > 0) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a backup that is interrupted leaves nothing behind") {
  struct Case {
    int signal;
    int exit;
  };
  for (const Case& c :
       {Case{SIGINT, 130}, Case{SIGTERM, 128 + SIGTERM}, Case{SIGHUP, 128 + SIGHUP}}) {
    CAPTURE(c.signal);
    const TempFolder folder;
    Served served({half(), half()});
    Ran ran =
        served.run_in({.until = [&folder] { return something_came(folder); }, .signal = c.signal},
                      {"backup", folder / "backup"});
    CHECK(ran.exit == c.exit);
    CHECK(folder.empty());
  }
}

TEST_CASE("a backup is made too where the file system cannot rename without replacing") {
  const TempFolder folder;
  Ran made;
  Ran again;
  if (!without_rename_flags([&] {
        made = Served({bytes()}).run({"backup", folder / "backup"});
        again = Served({bytes()}).run({"backup", folder / "backup"});
      })) {
    return;
  }
  CAPTURE(made.err);
  CHECK(made.exit == 0);
  CHECK(again.exit == 2);
  CHECK(read_file(folder / "backup") == "all of it");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a name that is taken, be it by a link to nothing, is refused before the download") {
  const TempFolder folder;
  std::filesystem::create_symlink(folder / "missing", folder / "link");
  Served served({bytes()});
  Ran ran = served.run({"backup", folder / "link"});
  CHECK(ran.exit == 2);
  CHECK(ran.err.find("is there already") != std::string::npos);
  CHECK(served.server.requests().empty());
}
