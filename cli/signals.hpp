// SIGINT and its kin, without work inside a signal handler.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "common/file_descriptor.hpp"

namespace byok::cli {

// Ctrl-C ends the program with exit code 130, unless it was started with SIGINT ignored.
void exit_on_interrupt();

// From now on, writing to a pipe whose reader has left fails with EPIPE and ends nothing.
void ignore_broken_pipes();

// Holds signals back while it lives: they make fd() readable instead. Those that are still pending
// when release() or the end of the scope lets them go have their usual effect then.
class HeldSignals {
 public:
  explicit HeldSignals(std::initializer_list<int> signals);
  ~HeldSignals() { release(); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  int fd() const { return fd_.get(); }

  // Takes one that is pending, so that it has no effect any more, and returns its number; 0 where
  // none is.
  int take();

  void release();
  void hold();

 private:
  sigset_t signals_;
  sigset_t before_;
  FileDescriptor fd_;
};

}  // namespace byok::cli
