// A line on a terminal that says how far something is, and how long it has to go.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace byok::cli {

struct ProgressState {
  std::uint64_t lines = 0;
  // Of the work, 0 to 1; nothing where nobody knows how much there is.
  std::optional<double> share = {};
  std::chrono::milliseconds elapsed{0};
};

// "[####    ]  50 %  1200 lines  400/s  3s left", in `width` columns at most.
std::string progress_line(const ProgressState& state, std::size_t width, bool blocks);

// The line itself, on stderr. Does nothing unless it is shown.
class Progress {
 public:
  explicit Progress(bool shown) : shown_(shown), began_(Clock::now()) {}
  ~Progress() { hide(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows it anew, but no oftener than an eye sees.
  void show(std::uint64_t lines, std::optional<double> share);
  // Makes room for other lines; the next show() brings it back.
  void hide();
  // A remark in its place, from any thread.
  void say(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;

  void clear();

  std::mutex mutex_;
  bool shown_;
  bool visible_ = false;
  Clock::time_point began_;
  Clock::time_point last_{};
};

}  // namespace byok::cli
