#include "cli/prompt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "cli/descriptor_io.hpp"
#include "cli/files.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

// A terminal that does not show what is typed, while this lives.
class NoEcho {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal) {
    if (tcgetattr(terminal_, &before_) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot read the terminal's mode");
    }
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~NoEcho() { tcsetattr(terminal_, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  int terminal_;
  termios before_{};
};

void show(int terminal, std::string_view text) {
  // A terminal that takes no question gives no answer either.
  [[maybe_unused]] const bool written = write_all(terminal, text);
}

// A terminal takes no more of a line, and drops what follows without a word.
constexpr std::size_t longest_line = 4095;

// One line typed unseen; nothing where a signal came first.
std::optional<Outcome<Secret>> read_unseen(int terminal, std::string_view question, int signal_fd) {
  NoEcho silent(terminal);
  show(terminal, question);
  WipingBuffer line;
  std::array<char, 512> part;
  WipeOnExit wiped(part.data(), part.size());
  for (;;) {
    std::array<pollfd, 2> polled{{{terminal, POLLIN, 0}, {signal_fd, POLLIN, 0}}};
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[1].revents != 0) return std::nullopt;
    const ssize_t size = read_some(terminal, part.data(), part.size());
    if (size > 0) line.insert(line.end(), part.data(), part.data() + size);
    if (size <= 0 || line.back() == '\n') break;
  }
  show(terminal, "\n");
  if (line.size() >= longest_line) {
    return Outcome<Secret>(
        usage_error("a terminal cuts lines as long as this one: pipe the key in, or name its place "
                    "with --key-file"));
  }
  return Outcome<Secret>(Secret(trimmed({line.data(), line.size()})));
}

Outcome<Secret> not_empty(Secret secret, std::string_view hint) {
  if (secret.empty()) return usage_error(fmt::format("nothing was given: {}", hint));
  return secret;
}

}  // namespace

bool can_ask() { return isatty(STDIN_FILENO) == 1; }

FileDescriptor open_terminal() {
  FileDescriptor terminal(open("/dev/tty", O_RDWR | O_CLOEXEC));
  return terminal ? std::move(terminal) : FileDescriptor(dup(STDIN_FILENO));
}

Outcome<Secret> ask_secret(std::string_view question) {
  if (!can_ask()) {
    auto line = read_secret_line();
    if (!line) return line.error();
    return not_empty(std::move(*line), "the key is read as one line from standard input");
  }
  FileDescriptor terminal = open_terminal();
  HeldSignals signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP});
  for (;;) {
    auto secret = read_unseen(terminal.get(), question, signals.fd());
    if (secret && !*secret) return secret->error();
    if (secret) return not_empty(std::move(**secret), "type or paste the key at the prompt");
    show(terminal.get(), "\n");
    // The terminal is as it was: now the signal may end or stop the program. Who is continued is
    // asked again.
    signals.release();
    signals.hold();
  }
}

Outcome<void> confirm(std::string_view question, std::string_view option) {
  if (!can_ask()) {
    return usage_error(
        fmt::format("nobody can be asked for consent here: give it with {}", option));
  }
  FileDescriptor terminal = open_terminal();
  show(terminal.get(), fmt::format("{} [y/N] ", on_one_line(question)));
  auto answer = read_secret_line();
  if (!answer) return answer.error();
  std::string_view said = answer->reveal();
  if (said == "y" || said == "Y" || said == "yes") return {};
  return usage_error(fmt::format("nothing was done: answer y, or give {}", option));
}

}  // namespace byok::cli
