#include "cli/spinner.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string_view>

namespace byok::cli {
namespace {

using namespace std::chrono_literals;

// Shorter answers come without it, so that nothing flickers.
constexpr auto patience = 300ms;
constexpr auto step = 120ms;

void show(std::string_view text) {
  // A terminal that takes no sign does without.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Spinner::Spinner(bool shown) {
  if (!shown) return;
  // Signals are for the thread that waits for the answer.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { turn(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Spinner::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Spinner::turn() {
  constexpr std::array<std::string_view, 4> signs = {"\r-", "\r\\", "\r|", "\r/"};
  std::unique_lock lock(mutex_);
  const auto stopped = [this] { return stopped_; };
  if (changed_.wait_for(lock, patience, stopped)) return;
  for (std::size_t i = 0;; ++i) {
    show(signs.at(i % signs.size()));
    if (changed_.wait_for(lock, step, stopped)) break;
  }
  show("\r\x1b[K");
}

}  // namespace byok::cli
