// Starts a program as a child of the test, without a shell.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace byok::testing {

using Environment = std::map<std::string, std::string>;

// Runs the program at `path` in that folder, with nothing but that environment, and `prepare`
// before it in the child: only what is safe between fork and exec in a program with threads. The
// child dies with the thread that started it, and ends with 127 where it cannot be run. Throws
// where there can be no child.
template <typename Prepare>
pid_t spawn(const std::string& path, std::vector<std::string> arguments,
            const Environment& environment, const std::string& working_folder,
            const Prepare& prepare) {
  auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> variable_pointers = pointers(variables);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  prepare();
  if (::chdir(working_folder.c_str()) != 0) ::_exit(127);
  ::execve(path.c_str(), argument_pointers.data(), variable_pointers.data());
  ::_exit(127);
}

}  // namespace byok::testing
