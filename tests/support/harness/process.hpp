// A child process: started without a shell, its output collected while it runs, and never left
// behind, not even by a test that crashes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/harness/spawn.hpp"
#include "tests/support/wire/stream.hpp"

namespace byok::testing {

// Where the build puts its programs: program("byokd").
std::string program(std::string_view name);

// PATH, the sanitizers' options and HOME=`home`: nothing else leaks into what is tested.
Environment clean_environment(const std::string& home);

// How a process ended: its exit code, or minus the signal that killed it.
using ExitCode = int;

class Process {
 public:
  // `argv[0]` is a path, or a name to be found in PATH. Throws where it cannot be started.
  Process(const std::vector<std::string>& argv, const Environment& environment,
          const std::string& working_folder = "/");
  // Kills it where it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void write_stdin(std::string_view bytes);
  void close_stdin();
  void signal(int number);
  // Nothing where it still runs at the limit.
  std::optional<ExitCode> wait(std::chrono::milliseconds limit = patience);

  // All output so far.
  std::string out() const;
  std::string err() const;
  // The first line of stderr or stdout that contains `part`; waits for it. Nothing where the
  // process ends, or the limit passes, without it.
  std::optional<std::string> wait_for_line(std::string_view part,
                                           std::chrono::milliseconds limit = patience);

 private:
  struct Pipe {
    Fd fd;
    std::string text;
    bool open = true;
    std::thread reader;
  };

  void collect(Pipe& pipe);

  pid_t pid_ = -1;
  Fd stdin_;
  std::optional<ExitCode> exit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Pipe out_;
  Pipe err_;
};

struct Finished {
  ExitCode code;
  std::string out;
  std::string err;
};

// Runs a program to its end.
Finished run(const std::vector<std::string>& argv, const Environment& environment,
             std::string_view input = "");

// Looks again and again, without judging how soon, until `holds` or the limit; returns `holds()`.
// For what can only be observed from outside.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds limit = std::chrono::seconds(30));

}  // namespace byok::testing
