// A world with byok, the command line, at hand, and what holds of each way in which it ends.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/world.hpp"

namespace byok::testing {

// Exit codes are the same for every command.
inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int unreachable = 3;
inline constexpr int unauthorized = 4;
inline constexpr int not_found = 5;
inline constexpr int no_key = 6;

struct CommandLine {
  World world;
  Environment environment = clean_environment(world.byokd.folder().string());

  CommandLine() { environment["BYOK_ADDR"] = "unix:" + world.byokd.socket().path; }

  Finished byok(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), program("byok"));
    return run(arguments, environment, input);
  }
  // Through the API, to compare.
  std::string api(const std::string& target) { return world.admin("GET", target).body; }
};

// One line on stderr, nothing on stdout.
inline void check_error(const Finished& finished, int code) {
  CAPTURE(finished.err);
  CHECK(finished.code == code);
  CHECK(finished.out == "");
  CHECK(finished.err.starts_with("byok: "));
  CHECK(std::count(finished.err.begin(), finished.err.end(), '\n') == 1);
}

inline void check_done(const Finished& finished) {
  CAPTURE(finished.err);
  CHECK(finished.code == done);
}

}  // namespace byok::testing
