// The word that a service manager's watchdog waits for: it comes for as long as the main thread and
// each worker get round to it, and no longer.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/file_descriptor.hpp"
#include "tests/support/harness/byokd.hpp"

using namespace byok::testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// What a service manager listens on.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  // The next word, or nothing where none comes within `limit`.
  std::string next(std::chrono::milliseconds limit) {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(limit.count())) != 1) return {};
    char text[64];
    const ssize_t size = ::recv(socket_.get(), text, sizeof text, 0);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
  }
  // Whether nothing comes for a while, once what was on its way has come.
  bool falls_silent() {
    for (const auto end = std::chrono::steady_clock::now() + 3s;
         std::chrono::steady_clock::now() < end;) {
      if (next(300ms).empty()) return true;
    }
    return false;
  }

 private:
  byok::FileDescriptor socket_;
};

// A thread of another process, which does nothing until destruction.
class HeldThread {
 public:
  explicit HeldThread(pid_t thread) : thread_(thread) {
    REQUIRE(::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) == 0);
    REQUIRE(::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) == 0);
    REQUIRE(::waitpid(thread_, nullptr, __WALL) == thread_);
  }
  ~HeldThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

 private:
  pid_t thread_;
};

std::vector<pid_t> other_threads(pid_t process) {
  std::vector<pid_t> threads;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    const pid_t thread = std::stoi(entry.path().filename().string());
    if (thread != process) threads.push_back(thread);
  }
  return threads;
}

}  // namespace

TEST_CASE("the watchdog hears of byokd for as long as each worker gets round to it") {
  TempFolder folder;
  NotifySocket manager(folder / "notify");
  FakeProvider fake;
  Byokd byokd(fake, {"workers=2"},
              {{"NOTIFY_SOCKET", folder / "notify"}, {"WATCHDOG_USEC", "150000"}});
  CHECK(manager.next(patience) == "READY=1");
  for (int i = 0; i < 3; ++i) CHECK(manager.next(patience) == "WATCHDOG=1");

  if (::geteuid() != 0) {
    MESSAGE("skipped: a worker that hangs (only root can hold one)");
    return;
  }
  std::size_t needed = 0;
  for (const pid_t thread : other_threads(byokd.pid())) {
    {
      HeldThread held(thread);
      if (manager.falls_silent()) ++needed;
    }
    CHECK(manager.next(patience) == "WATCHDOG=1");
  }
  CHECK(needed >= 2);

  CHECK(byokd.stop() == 0);
  std::string last;
  for (std::string word = manager.next(0ms); !word.empty(); word = manager.next(0ms)) {
    if (word != "WATCHDOG=1") last = word;
  }
  CHECK(last == "STOPPING=1");
}

TEST_CASE("no watchdog that waits for another process hears of byokd") {
  TempFolder folder;
  NotifySocket manager(folder / "notify");
  FakeProvider fake;
  Byokd byokd(fake, {},
              {{"NOTIFY_SOCKET", folder / "notify"},
               {"WATCHDOG_USEC", "30000"},
               {"WATCHDOG_PID", std::to_string(::getpid())}});
  CHECK(manager.next(patience) == "READY=1");
  CHECK(byokd.stop() == 0);
  CHECK(manager.next(patience) == "STOPPING=1");
  CHECK(manager.next(0ms).empty());
}
