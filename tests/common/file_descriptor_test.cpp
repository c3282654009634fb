#include "common/file_descriptor.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <utility>

#include "tests/support/temp_folder.hpp"

namespace byok {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST_CASE("a file descriptor closes with its last owner") {
  int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(raw >= 0);
  {
    FileDescriptor first(raw);
    FileDescriptor second(std::move(first));
    CHECK_FALSE(static_cast<bool>(first));
    CHECK(second.get() == raw);
    FileDescriptor third;
    third = std::move(second);
    CHECK(third.get() == raw);
    CHECK(is_open(raw));
  }
  CHECK_FALSE(is_open(raw));
}

TEST_CASE("syncing the folder of a file tells whether there is one") {
  testing::TempFolder folder;
  CHECK(sync_folder_of(folder / "file"));
  CHECK(sync_folder_of("file-in-the-current-folder"));
  CHECK_FALSE(sync_folder_of(folder / "no-such-folder/file"));
  CHECK(errno == ENOENT);
}

}  // namespace
}  // namespace byok
