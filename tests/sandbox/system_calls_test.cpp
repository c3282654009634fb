#include "daemon/sandbox/system_calls.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "tests/sandbox/in_child.hpp"
#include "tests/support/harness/size.hpp"

namespace byok::sandbox {
namespace {

using testing::in_child;

constexpr int unknown_to_the_kernel = 98;
constexpr int ended = 100 + SIGSYS;

// What `attempt` is told: 0, an errno, or `ended`.
int told(int (*attempt)()) {
  return in_child([attempt] {
    if (!restrict_system_calls()) return unknown_to_the_kernel;
    errno = 0;
    return attempt() >= 0 ? 0 : errno;
  });
}

bool known() {
  // A sanitizer makes calls of its own.
  return !testing::sanitized && told([] { return 0; }) == 0;
}

int map(int protection, int flags) {
  return ::mmap(nullptr, 4096, protection, flags, -1, 0) == MAP_FAILED ? -1 : 0;
}

TEST_CASE("whoever has no seccomp, or a sanitizer, is told that it was not tried") {
  if (!known()) MESSAGE("skipped: seccomp");
}

struct Row {
  std::string_view name;
  int told;
  int (*attempt)();
};

TEST_CASE("system calls are left, refused or fatal" * doctest::skip(!known())) {
  const Row rows[] = {
      {"a thread", 0,
       [] {
         int done = -1;
         std::thread([&done] { done = 0; }).join();
         return done;
       }},
      {"a look-up", 0,
       [] {
         addrinfo* found = nullptr;
         const int failed = ::getaddrinfo("localhost", "80", nullptr, &found);
         if (found != nullptr) ::freeaddrinfo(found);
         return failed == 0 ? 0 : -1;
       }},
      {"memory", 0, [] { return map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS); }},
      {"a limit asked for", 0,
       [] {
         rlimit limit{};
         return ::getrlimit(RLIMIT_NOFILE, &limit);
       }},
      {"an internet socket", 0, [] { return ::socket(AF_INET6, SOCK_STREAM, 0); }},
      {"abort", 100 + SIGABRT,
       [] {
         std::abort();
         return 0;
       }},
      {"a packet socket", ENOSYS, [] { return ::socket(AF_PACKET, SOCK_RAW, 0); }},
      {"the kernel's cipher socket", ENOSYS, [] { return ::socket(AF_ALG, SOCK_SEQPACKET, 0); }},
      {"written and executed", ENOSYS,
       [] { return map(PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }},
      {"executed, of no file", ENOSYS,
       [] { return map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }},
      {"made executable", ENOSYS,
       [] {
         void* page =
             ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
       }},
      {"a listener", ENOSYS, [] { return ::listen(::socket(AF_INET, SOCK_STREAM, 0), 1); }},
      {"a limit set", ENOSYS,
       [] {
         const rlimit limit{10, 10};
         return ::setrlimit(RLIMIT_NOFILE, &limit);
       }},
      {"a signal to another", ENOSYS, [] { return ::kill(::getppid(), SIGCONT); }},
      {"a mode", ENOSYS, [] { return ::chmod("/tmp", 0777); }},
      {"a process", ENOSYS,
       [] {
         const pid_t child = ::fork();
         if (child == 0) ::_exit(0);
         return static_cast<int>(child);
       }},
      {"a program", ended,
       [] {
         char name[] = "/bin/true";
         char* arguments[] = {name, nullptr};
         return ::execv(name, arguments);
       }},
      {"tracing", ended,
       [] { return static_cast<int>(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
      {"another's memory", ended,
       [] { return static_cast<int>(::process_vm_readv(::getppid(), nullptr, 0, nullptr, 0, 0)); }},
      {"another user", ended, [] { return ::setresuid(0, 0, 0); }},
      {"namespaces", ended, [] { return ::unshare(CLONE_NEWUSER); }},
      {"a kernel program", ended,
       [] { return static_cast<int>(::syscall(SYS_bpf, 0, nullptr, 0)); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(told(row.attempt) == row.told);
  }
}

TEST_CASE("threads begun later are held to it too" * doctest::skip(!known())) {
  CHECK(told([] {
          std::thread([] {
            char name[] = "/bin/true";
            char* arguments[] = {name, nullptr};
            ::execv(name, arguments);
          }).join();
          return 0;
        }) == ended);
}

}  // namespace
}  // namespace byok::sandbox
