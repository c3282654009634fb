// Another process of the same user can neither trace byokd nor read its memory, and byokd leaves no
// core file, however it ends. Needs root, to become that user.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "tests/support/harness/size.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

bool is_root() { return ::geteuid() == 0; }

std::vector<std::string> as_nobody(const std::vector<std::string>& command) {
  const std::string id = std::to_string(nobody);
  std::vector<std::string> argv{"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups"};
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

// Runs `work` in a process of user nobody; what it returned.
template <class Work>
int in_child_of_nobody(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(99);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Waits until the process has become that program: before, it is ours, or setpriv.
void await_program(pid_t pid, const std::string& name) {
  REQUIRE(eventually(
      [&] { return read_file("/proc/" + std::to_string(pid) + "/comm") == name + "\n"; }));
}

// 0, or the errno of what was refused.
int attach(pid_t pid) {
  if (::ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) != 0) return errno;
  ::waitpid(pid, nullptr, 0);
  ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
  return 0;
}

int open_memory(pid_t pid) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/mem", pid);
  return ::open(path, O_RDONLY) >= 0 ? 0 : errno;
}

int read_memory(pid_t pid) {
  char byte = 0;
  iovec here{&byte, 1};
  iovec there{reinterpret_cast<void*>(0x1000), 1};
  if (::process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0) return 0;
  // That address is nobody's: to be told so is to be let in.
  return errno == EFAULT ? 0 : errno;
}

// A byokd of user nobody, over the folder of one that was stopped.
struct UnprivilegedByokd {
  World world;
  std::unique_ptr<Process> process;

  UnprivilegedByokd() {
    CHECK(world.byokd.stop() == 0);
    const fs::path& folder = world.byokd.folder();
    // What the build made may lie where nobody may go.
    fs::copy_file(program("byokd"), folder / "byokd");
    REQUIRE(::chown(folder.c_str(), nobody, nobody) == 0);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      REQUIRE(::lchown(entry.path().c_str(), nobody, nobody) == 0);
    }
    std::vector<std::string> command = world.byokd.command();
    command.front() = folder / "byokd";
    process =
        std::make_unique<Process>(as_nobody(command), world.byokd.environment(), folder.string());
    REQUIRE(process->wait_for_line("byokd: listening on unix:").has_value());
  }
};

// Whether the kernel wrote a core of a process that `signal` ended.
bool dumped_core(pid_t pid, int signal) {
  ::kill(pid, signal);
  siginfo_t info{};
  // Left to be waited for by its owner.
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  CHECK(info.si_status == signal);
  return info.si_code == CLD_DUMPED;
}

}  // namespace

TEST_CASE("whoever is not root is told that nobody tried to trace byokd") {
  if (!is_root()) MESSAGE("skipped: tracing byokd as another process of its user");
}

TEST_CASE("a process of the same user can neither trace byokd nor read its memory" *
          doctest::skip(!is_root())) {
  UnprivilegedByokd byokd;
  Process open_to_all(as_nobody({"sleep", "300"}), clean_environment("/nowhere"));
  await_program(open_to_all.pid(), "sleep");
  struct Way {
    std::string_view name;
    int (*attempt)(pid_t);
    int refusal;
  };
  const Way ways[] = {{"ptrace", attach, EPERM},
                      {"/proc/PID/mem", open_memory, EACCES},
                      {"process_vm_readv", read_memory, EPERM}};
  for (const Way& way : ways) {
    CAPTURE(way.name);
    const int refused = in_child_of_nobody([&] { return way.attempt(byokd.process->pid()); });
    CHECK(refused == way.refusal);
    // Yama may forbid it for all; without it this shows that the attempt itself is sound.
    const int control = in_child_of_nobody([&] { return way.attempt(open_to_all.pid()); });
    if (!fs::exists("/proc/sys/kernel/yama/ptrace_scope")) CHECK(control == 0);
    MESSAGE(way.name << ": errno " << refused << " at byokd, " << control << " at another program");
  }
}

TEST_CASE("byokd leaves no core file, where another program does") {
  rlimit cores{};
  REQUIRE(::getrlimit(RLIMIT_CORE, &cores) == 0);
  const rlimit before = cores;
  cores.rlim_cur = cores.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_CORE, &cores) == 0);
  for (int signal : {SIGSEGV, SIGABRT}) {
    // A sanitizer takes it, tells what happened, and exits.
    if (sanitized && signal == SIGSEGV) continue;
    CAPTURE(signal);
    World world;
    const bool dumped = dumped_core(world.byokd.pid(), signal);
    CHECK_FALSE(dumped);
    for (const auto& entry : fs::recursive_directory_iterator(world.byokd.folder())) {
      CHECK(entry.path().filename().string().find("core") == std::string::npos);
    }
    world.byokd.kill();

    TempFolder folder;
    Process other({"sleep", "300"}, clean_environment(folder.path().string()),
                  folder.path().string());
    await_program(other.pid(), "sleep");
    const bool control = dumped_core(other.pid(), signal);
    // Elsewhere the kernel may hand cores to a program, or may not write any.
    const bool to_files = !read_file("/proc/sys/kernel/core_pattern").starts_with('|');
    if (to_files && cores.rlim_max == RLIM_INFINITY) CHECK(control);
    const std::string_view left = control ? "one" : "none";
    MESSAGE("signal " << signal << ": " << std::string_view(dumped ? "a" : "no")
                      << " core of byokd, " << left << " of another program");
  }
  REQUIRE(::setrlimit(RLIMIT_CORE, &before) == 0);
}
