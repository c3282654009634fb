// A program on a terminal of its own, typed to as a person would.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/screen.hpp"

namespace byok::testing {

class Terminal {
 public:
  // `argv[0]` is a path. The program ends with the test.
  Terminal(const std::vector<std::string>& argv, const Environment& environment,
           unsigned short columns = 80, unsigned short rows = 50,
           const std::string& working_folder = "/");
  // Kills it where it still runs.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  pid_t pid() const { return pid_; }
  void type(std::string_view keys);

  // Waits until the screen shows `text` somewhere, in rows that have no blanks behind them; returns
  // what it shows then. Throws TimedOut with it where the program ends, or patience does, before.
  std::string until(std::string_view text);
  // Waits until the screen shows these lines and no others; false where it never does.
  bool becomes(const std::vector<std::string>& lines);
  std::string text() const;
  // Waits until what it has written holds `part`, escape sequences and all; false where it never
  // does.
  bool writes(std::string_view part);
  // The same, and forgets all up to its end: what is waited for next comes behind it.
  bool pass(std::string_view part);
  // What it has written and that is not forgotten.
  std::string_view written() const { return std::string_view(bytes_).substr(passed_); }
  const Screen& screen() const { return screen_; }
  // All bytes that were written to it.
  const std::string& bytes() const { return bytes_; }

  // Waits for the end. Nothing where patience ends before.
  std::optional<ExitCode> wait();
  // Whether the terminal shows what is typed, and gives it on by lines.
  bool is_cooked() const;

 private:
  // Reads what comes within a moment. False at the program's end.
  bool pump();

  Screen screen_;
  std::string bytes_;
  std::size_t passed_ = 0;  // of them
  Fd controller_;
  // Ours too, so that what a program says last is not lost with it.
  Fd terminal_;
  pid_t pid_ = -1;
  std::optional<ExitCode> exit_;
};

}  // namespace byok::testing
