#include "daemon/sandbox/files.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "tests/sandbox/in_child.hpp"
#include "tests/support/temp_folder.hpp"

namespace byok::sandbox {
namespace {

using testing::in_child;

constexpr int unknown_to_the_kernel = 98;

struct Folders {
  testing::TempFolder root;
  std::filesystem::path own = root / "own";
  std::filesystem::path shown = root / "shown";
  std::filesystem::path other = root / "other";

  Folders() {
    for (const auto& folder : {own, shown, other}) {
      std::filesystem::create_directory(folder);
      testing::write_file(folder / "file", "text");
    }
  }
  Reach reach() const { return {{shown}, {own}}; }

  // What `attempt` is told in the sandbox: 0, or an errno.
  template <class Attempt>
  int told(Attempt attempt) const {
    return in_child([&] {
      if (!confine_files(reach())) return unknown_to_the_kernel;
      return attempt() == 0 ? 0 : errno;
    });
  }
  int opened(const std::filesystem::path& path, int flags) const {
    return told([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600) >= 0 ? 0 : -1; });
  }
};

bool known() {
  return in_child([] { return confine_files({}) ? 0 : unknown_to_the_kernel; }) == 0;
}

TEST_CASE("whoever has no Landlock is told that it was not tried") {
  if (!known()) MESSAGE("skipped: Landlock");
}

TEST_CASE("its own folder is changed, a shown one read, and no other reached" *
          doctest::skip(!known())) {
  const Folders folders;
  struct Row {
    std::filesystem::path path;
    int flags;
    int told;
  };
  const Row rows[] = {
      {folders.own / "file", O_RDWR, 0},
      {folders.own / "file", O_RDWR | O_TRUNC, 0},
      {folders.own / "new", O_WRONLY | O_CREAT, 0},
      {folders.own, O_RDWR | O_TMPFILE, 0},
      {folders.shown / "file", O_RDONLY, 0},
      {folders.shown, O_RDONLY | O_DIRECTORY, 0},
      {folders.shown / "file", O_WRONLY, EACCES},
      {folders.shown / "new", O_WRONLY | O_CREAT, EACCES},
      {folders.shown, O_RDWR | O_TMPFILE, EACCES},
      {folders.other / "file", O_RDONLY, EACCES},
      {folders.other / "file", O_WRONLY, EACCES},
      {folders.other, O_RDONLY | O_DIRECTORY, EACCES},
      {"/proc/self/mem", O_RDONLY, EACCES},
      {"/etc/passwd", O_RDONLY, EACCES},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CAPTURE(row.flags);
    CHECK(folders.opened(row.path, row.flags) == row.told);
  }
}

TEST_CASE("files are renamed, linked and removed within its own folder alone" *
          doctest::skip(!known())) {
  using Act = int (*)(const std::string& from, const std::string& to);
  constexpr Act rename = [](const std::string& from, const std::string& to) {
    return std::rename(from.c_str(), to.c_str());
  };
  constexpr Act link = [](const std::string& from, const std::string& to) {
    return ::link(from.c_str(), to.c_str());
  };
  constexpr Act remove = [](const std::string& from, const std::string&) {
    return ::unlink(from.c_str());
  };
  constexpr Act make_folder = [](const std::string&, const std::string& to) {
    return ::mkdir(to.c_str(), 0700);
  };
  struct Row {
    std::string_view name;
    Act act;
    std::filesystem::path Folders::*from;
    std::filesystem::path Folders::*to;
    int told;
  };
  const Row rows[] = {
      {"rename", rename, &Folders::own, &Folders::own, 0},
      {"link", link, &Folders::own, &Folders::own, 0},
      {"remove", remove, &Folders::own, &Folders::own, 0},
      {"folder", make_folder, &Folders::own, &Folders::own, 0},
      {"rename out", rename, &Folders::own, &Folders::other, EACCES},
      {"link out", link, &Folders::own, &Folders::other, EACCES},
      {"link in", link, &Folders::other, &Folders::own, EXDEV},
      {"remove elsewhere", remove, &Folders::shown, &Folders::own, EACCES},
      {"folder elsewhere", make_folder, &Folders::own, &Folders::other, EACCES},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Folders folders;
    const std::string from = folders.*row.from / "file", to = folders.*row.to / "new";
    CHECK(folders.told([&] { return row.act(from, to); }) == row.told);
  }
}

TEST_CASE("what was open before stays open" * doctest::skip(!known())) {
  const Folders folders;
  const int open = ::open((folders.other / "file").c_str(), O_RDWR | O_CLOEXEC);
  CHECK(folders.told([&] { return ::write(open, "x", 1) == 1 ? 0 : -1; }) == 0);
  ::close(open);
}

}  // namespace
}  // namespace byok::sandbox
