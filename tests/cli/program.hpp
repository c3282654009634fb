// Runs the real byok.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace byok::testing {

struct Ran {
  int exit = -1;  // 128 + the signal that ended it
  std::string out;
  std::string err;
};

// With no environment but `environment` ("NAME=VALUE") and with `input` on a pipe as stdin.
Ran run_byok(const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment = {}, const std::string& input = {});

// What a test has of byok's surroundings in its hand.
struct Surroundings {
  int out = -1;                      // its stdout, in place of a pipe that is read into Ran::out
  std::function<bool()> until = {};  // looked at again and again; then it gets `signal`, once
  int signal = 0;
  std::function<void(const Ran&)> watch = {};  // called with what came so far
};
Ran run_byok_in(const Surroundings& surroundings, const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment = {}, const std::string& input = {});

// On a terminal of its own: once the terminal shows `awaited`, `typed` is typed. `out` is all that
// the terminal showed; `echoes` whether it shows what is typed after the program's end.
struct RanOnTerminal : Ran {
  bool echoes = false;
};
RanOnTerminal run_byok_on_terminal(const std::vector<std::string>& arguments,
                                   const std::string& awaited, const std::string& typed,
                                   const std::vector<std::string>& environment = {});

}  // namespace byok::testing
