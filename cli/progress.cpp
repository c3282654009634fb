#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/bar.hpp"
#include "cli/descriptor_io.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

constexpr std::chrono::milliseconds between_two{100};

// Nobody can be told that stderr fails.
void put(const std::string& text) {
  [[maybe_unused]] const bool written = write_all(STDERR_FILENO, text);
}

}  // namespace

std::string progress_line(const ProgressState& state, std::size_t width, bool blocks) {
  const double seconds = std::max(0.001, static_cast<double>(state.elapsed.count()) / 1000);
  std::string words = fmt::format("{}  {:.0f}/s", counted(state.lines, "line"),
                                  static_cast<double>(state.lines) / seconds);
  if (!state.share) return words.substr(0, width);
  const double share = std::clamp(*state.share, 0.0, 1.0);
  words = fmt::format("{:3.0f} %  {}", share * 100, words);
  // Before a second has passed, a guess would be wild.
  if (share > 0 && share < 1 && seconds >= 1) {
    const double left = seconds * (1 - share) / share;
    words += fmt::format("  {} left", human_seconds(static_cast<std::uint64_t>(left) + 1));
  }
  constexpr std::size_t longest = 40;
  constexpr std::size_t frame = 4;  // brackets, and two blanks behind them
  if (width < words.size() + frame + 5) return words.substr(0, width);
  const std::size_t bar_width = std::min(longest, width - words.size() - frame);
  std::string drawn = bar(share, bar_width, blocks);
  drawn.append(bar_width - columns(drawn), ' ');
  return fmt::format("[{}]  {}", drawn, words);
}

void Progress::show(std::uint64_t lines, std::optional<double> share) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (!shown_ || now - last_ < between_two) return;
  last_ = now;
  visible_ = true;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
  // The last column stays free: many terminals begin a new line once it is written.
  const std::size_t width = terminal_width(STDERR_FILENO) - 1;
  put("\r" + progress_line({lines, share, elapsed}, width, speaks_utf8()) + "\x1b[K");
}

void Progress::hide() {
  const std::lock_guard lock(mutex_);
  clear();
}

void Progress::say(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear();
  remark(text);
}

void Progress::clear() {
  if (!visible_) return;
  put("\r\x1b[K");
  visible_ = false;
  last_ = {};
}

}  // namespace byok::cli
