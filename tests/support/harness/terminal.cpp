#include "tests/support/harness/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <stdexcept>

namespace byok::testing {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Terminal::Terminal(std::vector<std::string> argv, const Environment& environment,
                   const std::string& working_folder) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> arguments = pointers(argv);
  const std::vector<char*> values = pointers(variables);
  int keyboard = -1;
  int terminal = -1;
  winsize size{40, 200, 0, 0};
  if (::openpty(&keyboard, &terminal, nullptr, nullptr, &size) != 0) {
    throw std::runtime_error("no terminal");
  }
  keyboard_ = Fd(keyboard);
  Fd theirs(terminal);
  ::fcntl(keyboard, F_SETFD, FD_CLOEXEC);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || ::login_tty(terminal) != 0) ::_exit(127);
    if (::chdir(working_folder.c_str()) != 0) ::_exit(127);
    ::execve(arguments[0], arguments.data(), values.data());
    ::_exit(127);
  }
}

Terminal::~Terminal() {
  // A shell's own children end by the terminal's hangup.
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Terminal::type(std::string_view keys) const {
  while (!keys.empty()) {
    const ssize_t count = ::write(keyboard_.get(), keys.data(), keys.size());
    if (count < 0) throw std::runtime_error("the terminal takes no keys");
    keys.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool Terminal::wait_for(std::string_view part, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (shown_.find(part) == shown_.npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd polled{keyboard_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(left.count())) <= 0) continue;
    char bytes[4096];
    const ssize_t count = ::read(keyboard_.get(), bytes, sizeof bytes);
    if (count <= 0) return false;
    shown_.append(bytes, static_cast<std::size_t>(count));
  }
  return true;
}

bool Terminal::pass(std::string_view part) {
  if (!wait_for(part)) return false;
  shown_.erase(0, shown_.find(part) + part.size());
  return true;
}

}  // namespace byok::testing
