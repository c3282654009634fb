#include "cli/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/outcome.hpp"

namespace byok::cli {
namespace {

extern "C" void exit_interrupted(int) { _exit(static_cast<int>(Exit::interrupted)); }

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void exit_on_interrupt() {
  if (is_ignored(SIGINT)) return;
  struct sigaction action {};
  action.sa_handler = exit_interrupted;
  sigaction(SIGINT, &action, nullptr);
}

void ignore_broken_pipes() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

HeldSignals::HeldSignals(std::initializer_list<int> signals) {
  sigemptyset(&signals_);
  for (int signal : signals) {
    if (!is_ignored(signal)) sigaddset(&signals_, signal);
  }
  fd_ = FileDescriptor(signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw std::system_error(errno, std::generic_category(), "signalfd");
  hold();
}

int HeldSignals::take() {
  signalfd_siginfo info{};
  return read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

void HeldSignals::hold() { sigprocmask(SIG_BLOCK, &signals_, &before_); }

void HeldSignals::release() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace byok::cli
