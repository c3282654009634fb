#include "daemon/process.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>

#include "tests/support/temp_folder.hpp"

namespace byok::daemon {
namespace {

// Runs `work` in a process of its own, whose limits and umask then are its own too; returns what
// it returned.
template <class Work>
int in_child(Work work) {
  pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a hardened process dumps no core, lets nobody trace it and survives a broken pipe") {
  CHECK(in_child([] {
          harden();
          rlimit core{};
          getrlimit(RLIMIT_CORE, &core);
          if (core.rlim_cur != 0 || core.rlim_max != 0) return 1;
          if (prctl(PR_GET_DUMPABLE) != 0) return 2;
          if (umask(0) != 077) return 3;
          if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 6;
          int ends[2];
          if (pipe(ends) != 0) return 4;
          close(ends[0]);
          return write(ends[1], "x", 1) < 0 && errno == EPIPE ? 0 : 5;
        }) == 0);
}

TEST_CASE("the limit of open files is raised, and connections that do not fit are refused") {
  CHECK(in_child([] {
          const rlimit low = {64, 1128};
          if (setrlimit(RLIMIT_NOFILE, &low) != 0) return 1;
          if (!raise_open_files(1000)) return 2;
          rlimit raised{};
          getrlimit(RLIMIT_NOFILE, &raised);
          if (raised.rlim_cur != 1128) return 3;
          Result<void> refused = raise_open_files(1001);
          if (refused) return 4;
          return refused.error().message().find("only 1000 fit") != std::string::npos ? 0 : 5;
        }) == 0);
}

TEST_CASE("the state folder is made for its owner alone, with its parents") {
  testing::TempFolder folder;
  std::filesystem::path path = folder / "a/b";
  CHECK(StateFolder::lock(path).has_value());
  for (const std::filesystem::path& made : {path, path.parent_path()}) {
    CHECK((std::filesystem::status(made).permissions() & std::filesystem::perms::mask) ==
          std::filesystem::perms::owner_all);
  }
}

TEST_CASE("a state folder belongs to one byokd at a time") {
  testing::TempFolder folder;
  std::filesystem::path path = folder / "state";
  {
    Result<StateFolder> first = StateFolder::lock(path);
    REQUIRE(first.has_value());
    CHECK(first->path() == path);
    Result<StateFolder> second = StateFolder::lock(path);
    REQUIRE(second.has_error());
    CHECK(second.error().message().find(fmt::format("another byokd (process {})", getpid())) !=
          std::string::npos);
    CHECK(second.error().message().find(path.native()) != std::string::npos);
  }
  CHECK(StateFolder::lock(path).has_value());
}

TEST_CASE("who only looks at a state folder makes nothing in it, and keeps byokd out") {
  testing::TempFolder folder;
  const std::filesystem::path path = folder / "state";
  CHECK(StateFolder::lock_existing(path).has_value());
  CHECK_FALSE(std::filesystem::exists(path));
  std::filesystem::create_directory(path);
  CHECK(StateFolder::lock_existing(path).has_value());
  CHECK(std::filesystem::is_empty(path));
  {
    Result<StateFolder> held = StateFolder::lock(path);
    REQUIRE(held.has_value());
    const std::string before = testing::read_file(path / "byokd.lock");
    CHECK(StateFolder::lock_existing(path).has_error());
    CHECK(testing::read_file(path / "byokd.lock") == before);
  }
  Result<StateFolder> looked_at = StateFolder::lock_existing(path);
  REQUIRE(looked_at.has_value());
  CHECK(StateFolder::lock(path).has_error());
}

TEST_CASE("a state folder that is a file, or that others can write, is refused") {
  testing::TempFolder folder;
  testing::write_file(folder / "file", "");
  CHECK(StateFolder::lock(folder / "file").has_error());
  CHECK(StateFolder::lock(folder / "file/below").has_error());

  std::filesystem::path open = folder / "open";
  std::filesystem::create_directory(open);
  REQUIRE(chmod(open.c_str(), 0770) == 0);
  Result<StateFolder> refused = StateFolder::lock(open);
  REQUIRE(refused.has_error());
  CHECK(refused.error().message().find("others can write") != std::string::npos);
  CHECK(std::filesystem::is_empty(open));
}

TEST_CASE("the service manager is told through its socket, by path or by abstract name") {
  testing::TempFolder folder;
  const std::string names[] = {(folder / "notify"), fmt::format("@byok-test-{}", getpid())};
  for (const std::string& name : names) {
    CAPTURE(name);
    FileDescriptor receiver(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(bind(receiver.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);

    notify_service_manager({{"NOTIFY_SOCKET", name}}, "READY=1");
    char text[32] = {};
    CHECK(recv(receiver.get(), text, sizeof text - 1, 0) == 7);
    CHECK(std::string(text) == "READY=1");
  }
}

TEST_CASE("a service manager that is not there stops nothing") {
  for (const std::string& name : {std::string(), std::string("/nowhere/notify"),
                                  std::string("relative"), "/" + std::string(200, 'x')}) {
    CAPTURE(name);
    CHECK_NOTHROW(notify_service_manager({{"NOTIFY_SOCKET", name}}, "READY=1"));
  }
  CHECK_NOTHROW(notify_service_manager({}, "READY=1"));
}

}  // namespace
}  // namespace byok::daemon
