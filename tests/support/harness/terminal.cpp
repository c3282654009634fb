#include "tests/support/harness/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace byok::testing {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Terminal::Terminal(const std::vector<std::string>& argv, const Environment& environment,
                   unsigned short columns, unsigned short rows, const std::string& working_folder)
    : screen_(columns, rows) {
  int controller = -1;
  int terminal = -1;
  const winsize size{rows, columns, 0, 0};
  if (::openpty(&controller, &terminal, nullptr, nullptr, &size) != 0) {
    throw std::runtime_error("no terminal");
  }
  controller_ = Fd(controller);
  terminal_ = Fd(terminal);
  for (int fd : {controller, terminal}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  pid_ = spawn(argv.at(0), argv, environment, working_folder, [terminal] {
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::setsid();
    ::ioctl(terminal, TIOCSCTTY, 0);
    for (int fd : {0, 1, 2}) ::dup2(terminal, fd);
  });
}

Terminal::~Terminal() {
  if (exit_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Terminal::type(std::string_view keys) {
  while (!keys.empty()) {
    const ssize_t put = ::write(controller_.get(), keys.data(), keys.size());
    if (put < 0) throw std::runtime_error("the terminal takes no keys");
    keys.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string Terminal::until(std::string_view wanted) {
  const auto end = Clock::now() + patience;
  while (text().find(wanted) == std::string::npos && Clock::now() < end && pump()) {
  }
  if (text().find(wanted) != std::string::npos) return text();
  throw TimedOut("the terminal never showed \"" + std::string(wanted) + "\", but:\n" + text());
}

bool Terminal::becomes(const std::vector<std::string>& lines) {
  const auto end = Clock::now() + patience;
  while (screen_.lines() != lines && Clock::now() < end && pump()) {
  }
  return screen_.lines() == lines;
}

std::string Terminal::text() const {
  std::string all;
  for (const std::string& line : screen_.lines()) all += line + '\n';
  return all;
}

bool Terminal::writes(std::string_view part) {
  const auto end = Clock::now() + patience;
  while (written().find(part) == std::string::npos && Clock::now() < end && pump()) {
  }
  return written().find(part) != std::string::npos;
}

bool Terminal::pass(std::string_view part) {
  if (!writes(part)) return false;
  passed_ += written().find(part) + part.size();
  return true;
}

std::optional<ExitCode> Terminal::wait() {
  const auto end = Clock::now() + patience;
  while (Clock::now() < end && pump()) {
  }
  return exit_;
}

bool Terminal::is_cooked() const {
  termios mode{};
  return ::tcgetattr(terminal_.get(), &mode) == 0 && (mode.c_lflag & ECHO) != 0 &&
         (mode.c_lflag & ICANON) != 0;
}

bool Terminal::pump() {
  // The end first: what was written before it is then there to be read.
  int status = 0;
  if (!exit_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  pollfd polled{controller_.get(), POLLIN, 0};
  if (::poll(&polled, 1, exit_ ? 0 : 20) > 0) {
    char part[4096];
    const ssize_t size = ::read(controller_.get(), part, sizeof part);
    if (size > 0) {
      bytes_.append(part, static_cast<std::size_t>(size));
      screen_.show({part, static_cast<std::size_t>(size)});
      return true;
    }
  }
  return !exit_;
}

}  // namespace byok::testing
