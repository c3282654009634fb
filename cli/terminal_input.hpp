// What comes from a terminal while a line is edited: characters, and signals in between.
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace byok::cli {

class TerminalInput {
 public:
  // The descriptors stay the caller's and outlive this. `signal_fd` is a HeldSignals' one.
  TerminalInput(int terminal, int signal_fd) : terminal_(terminal), signal_fd_(signal_fd) {}

  enum class Event { character, signal, ended };
  struct Next {
    Event event;
    char32_t character = 0;
  };
  // Waits for it. Bytes that are no UTF-8 come as U+FFFD. A signal is left pending.
  Next next();

  // Appends bytes to `text` as they are until it ends in `end`, which is cut off again: then the
  // event is `character`. After any other it may be called again to go on.
  Next until(std::string_view end, std::string& text);

  // What was read from the terminal and not asked for.
  std::string rest() const { return {bytes_.begin(), bytes_.end()}; }
  // Has it come from the terminal before all else.
  void feed(std::string_view bytes);

 private:
  // False at the end of the terminal's input, or where a signal came first.
  bool fill(Next& why_not);
  char32_t take_character(std::size_t length);

  int terminal_;
  int signal_fd_;
  std::deque<char> bytes_;
};

}  // namespace byok::cli
