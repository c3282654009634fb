// A program on a terminal of its own, with somebody at the keyboard.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/harness/process.hpp"

namespace byok::testing {

class Terminal {
 public:
  // `argv[0]` is a path. The terminal has 40 lines of 200 columns. Throws where that fails; what
  // cannot be run ends at once.
  Terminal(std::vector<std::string> argv, const Environment& environment,
           const std::string& working_folder);
  // Kills it where it still runs.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Keys as a terminal sends them: "\r" for Enter, "\t", "\x03" for Ctrl-C.
  void type(std::string_view keys) const;
  // Waits until the terminal shows `part`; false at the limit, or where the program ends without.
  bool wait_for(std::string_view part, std::chrono::milliseconds limit = std::chrono::seconds(30));
  // The same, and forgets all up to its end: what is waited for next comes behind it.
  bool pass(std::string_view part);
  // All that it has shown and that is not forgotten, escape sequences and all.
  const std::string& shown() const { return shown_; }

 private:
  Fd keyboard_;
  pid_t pid_ = -1;
  std::string shown_;
};

}  // namespace byok::testing
