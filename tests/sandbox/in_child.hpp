// A sandbox is for good: whoever tries one does so in a process of its own.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>

namespace byok::testing {

// How such a process ended: what `work` returned (0 to 99), or 100 and the signal that ended it; 99
// where it threw.
template <class Work>
int in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGABRT, SIG_DFL);  // doctest's own handler would tell a failure
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int result = 99;
    try {
      result = work();
    } catch (const std::exception&) {
    }
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

}  // namespace byok::testing
