// Hands a file's lines on through a pipe, whole ones only, so that an upload of them can be ended
// between two lines: what was sent is then answered to its end, and nothing that it made is lost.
//
// Why a thread: whoever sends and receives must wait for neither the file nor the signal.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "common/file_descriptor.hpp"
#include "common/secret.hpp"

namespace byok::cli {

class LineFeed {
 public:
  // Reads `input`, which stays the caller's, from line `first` on (the first of all is 1). A signal
  // in `signals`, a signalfd whose signals are held back, ends the feed at the end of a line, and
  // `on_stop` is called, from another thread; another one makes give_up_fd() readable.
  LineFeed(int input, std::uint64_t first, int signals, std::function<void()> on_stop);
  ~LineFeed();
  LineFeed(const LineFeed&) = delete;
  LineFeed& operator=(const LineFeed&) = delete;

  // The lines come out here, to the end of the file.
  int fd() const { return reading_.get(); }
  int give_up_fd() const { return give_up_.get(); }

  // Ends the thread, wherever it stands. What follows is settled then.
  void finish();

  // The number of the last line that was handed on, those that were left out counted; 0 for none.
  std::uint64_t last_line() const { return line_; }
  // Whether anything was taken out of fd().
  bool was_taken() const;
  // Of what was read, and of that what was handed on; line breaks included.
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_fed() const { return bytes_fed_; }
  bool stopped() const { return stopped_; }  // by a signal
  int failure() const { return failure_; }   // errno, where the file could not be read; else 0

 private:
  void run();
  bool wait(int fd, short events);
  void note_signal();
  bool take(std::string_view bytes);
  std::string_view without_mark(std::string_view bytes);
  void unmark();
  std::string_view skip(std::string_view bytes);
  bool hand_on(std::string_view bytes);

  const int input_;
  const std::uint64_t first_;
  const int signals_;
  const std::function<void()> on_stop_;
  FileDescriptor reading_;
  FileDescriptor writing_;
  FileDescriptor give_up_;
  FileDescriptor quit_;
  std::size_t marked_ = 0;  // how much of a byte order mark came
  WipingBuffer begun_;      // a line that is not whole yet

  std::atomic<std::uint64_t> line_{0};
  std::atomic<std::uint64_t> bytes_read_{0};
  std::atomic<std::uint64_t> bytes_fed_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<int> failure_{0};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace byok::cli
