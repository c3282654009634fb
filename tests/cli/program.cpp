#include "tests/cli/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "common/http_connection.hpp"

namespace byok::testing {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become_byok(std::vector<std::string> arguments,
                              std::vector<std::string> environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  arguments.insert(arguments.begin(), "byok");
  // What the sanitizers and the coverage of this build want to know.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) {
      environment.push_back(std::string(name) + "=" + value);
    }
  }
  execve(BYOK_PROGRAM, pointers(arguments).data(), pointers(environment).data());
  _exit(127);
}

int exit_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
};

// False at the end of the stream.
bool read_into(int fd, std::string& text) {
  char part[4096];
  ssize_t size = read(fd, part, sizeof part);
  if (size > 0) text.append(part, static_cast<std::size_t>(size));
  return size > 0;
}

}  // namespace

Ran run_byok(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
             const std::string& input) {
  return run_byok_in({}, arguments, environment, input);
}

Ran run_byok_in(const Surroundings& surroundings, const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment, const std::string& input) {
  Pipe in;
  Pipe out;
  Pipe err;
  pid_t child = fork();
  if (child == 0) {
    dup2(in.reading.get(), 0);
    dup2(surroundings.out < 0 ? out.writing.get() : surroundings.out, 1);
    dup2(err.writing.get(), 2);
    become_byok(arguments, environment);
  }
  in.reading.reset();
  out.writing.reset();
  err.writing.reset();
  // Tests give less than a pipe holds.
  signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] ssize_t written = write(in.writing.get(), input.data(), input.size());
  in.writing.reset();

  Ran ran;
  bool out_open = true;
  bool err_open = true;
  bool signalled = false;
  while (out_open || err_open) {
    pollfd polled[] = {{out_open ? out.reading.get() : -1, POLLIN, 0},
                       {err_open ? err.reading.get() : -1, POLLIN, 0}};
    const bool waits = surroundings.until && !signalled;
    poll(polled, 2, waits ? 10 : -1);
    if (waits && surroundings.until()) {
      kill(child, surroundings.signal);
      signalled = true;
    }
    if (polled[0].revents != 0) out_open = read_into(out.reading.get(), ran.out);
    if (polled[1].revents != 0) err_open = read_into(err.reading.get(), ran.err);
    if (surroundings.watch) surroundings.watch(ran);
  }
  ran.exit = exit_of(child);
  return ran;
}

RanOnTerminal run_byok_on_terminal(const std::vector<std::string>& arguments,
                                   const std::string& awaited, const std::string& typed,
                                   const std::vector<std::string>& environment) {
  int controller = -1;
  int terminal = -1;
  if (openpty(&controller, &terminal, nullptr, nullptr, nullptr) != 0) {
    throw std::runtime_error("no terminal");
  }
  FileDescriptor ours(controller);
  FileDescriptor theirs(terminal);
  fcntl(controller, F_SETFD, FD_CLOEXEC);
  pid_t child = fork();
  if (child == 0) {
    login_tty(terminal);
    become_byok(arguments, environment);
  }
  // Ours stays open, so that the end is told by the child and not by an error of the terminal.
  RanOnTerminal ran;
  bool has_typed = false;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    pollfd polled{controller, POLLIN, 0};
    if (poll(&polled, 1, 20) > 0) read_into(controller, ran.out);
    if (!has_typed && ran.out.find(awaited) != ran.out.npos) {
      has_typed = write(controller, typed.data(), typed.size()) > 0;
    }
  }
  pollfd rest{controller, POLLIN, 0};
  while (poll(&rest, 1, 0) > 0 && read_into(controller, ran.out)) {
  }
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  termios mode{};
  ran.echoes = tcgetattr(controller, &mode) == 0 && (mode.c_lflag & ECHO) != 0;
  return ran;
}

}  // namespace byok::testing
