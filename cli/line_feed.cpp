#include "cli/line_feed.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace byok::cli {
namespace {

constexpr std::size_t block_size = 64 * 1024;
// What is longer is handed on in parts: byokd takes no line of that length, and the file may have
// no line breaks at all.
constexpr std::size_t longest_line = 256 * 1024;

constexpr std::string_view mark = "\xef\xbb\xbf";

FileDescriptor make_event() {
  FileDescriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

void raise_event(const FileDescriptor& event) {
  const std::uint64_t one = 1;
  // It fails only where the event has been raised very often already.
  [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
}

}  // namespace

LineFeed::LineFeed(int input, std::uint64_t first, int signals, std::function<void()> on_stop)
    : input_(input),
      first_(first),
      signals_(signals),
      on_stop_(std::move(on_stop)),
      give_up_(make_event()),
      quit_(make_event()) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  reading_ = FileDescriptor(ends[0]);
  writing_ = FileDescriptor(ends[1]);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  thread_ = std::thread([this] { run(); });
}

LineFeed::~LineFeed() { finish(); }

void LineFeed::finish() {
  if (!thread_.joinable()) return;
  raise_event(quit_);
  thread_.join();
}

bool LineFeed::was_taken() const {
  int left = 0;
  if (ioctl(reading_.get(), FIONREAD, &left) != 0) left = 0;
  return bytes_fed_ > static_cast<std::uint64_t>(left);
}

void LineFeed::run() {
  // Whoever reads may leave at any time.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

  WipingBuffer block(block_size);
  while (!stopped_ && wait(input_, POLLIN)) {
    if (stopped_) break;
    const ssize_t size = read(input_, block.data(), block.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) failure_ = errno;
    if (size <= 0) {
      if (size == 0) unmark();
      // The last line may have no end.
      if (size == 0 && !begun_.empty() && hand_on({begun_.data(), begun_.size()})) ++line_;
      break;
    }
    bytes_read_ += static_cast<std::uint64_t>(size);
    if (!take({block.data(), static_cast<std::size_t>(size)})) break;
  }
  begun_.clear();
  writing_.reset();
  // A second signal is waited for until the upload is over.
  while (wait(-1, 0)) {
  }
}

// False where the thread is to end. Returns for a signal, too.
bool LineFeed::wait(int fd, short events) {
  pollfd polled[] = {{quit_.get(), POLLIN, 0}, {signals_, POLLIN, 0}, {fd, events, 0}};
  while (poll(polled, std::size(polled), -1) < 0) {
    if (errno != EINTR) return false;
  }
  if (polled[0].revents != 0) return false;
  if (polled[1].revents != 0) note_signal();
  return true;
}

void LineFeed::note_signal() {
  signalfd_siginfo signal;
  if (read(signals_, &signal, sizeof signal) != sizeof signal) return;
  if (stopped_.exchange(true)) {
    raise_event(give_up_);
  } else {
    on_stop_();
  }
}

// Leaves out the mark that some editors put before UTF-8 (RFC 8259, section 8.1).
std::string_view LineFeed::without_mark(std::string_view bytes) {
  while (marked_ < mark.size() && !bytes.empty()) {
    if (bytes.front() != mark[marked_]) {
      unmark();
      break;
    }
    bytes.remove_prefix(1);
    ++marked_;
  }
  return bytes;
}

// What only looked like one belongs to the first line.
void LineFeed::unmark() {
  if (marked_ < mark.size() && first_ == 1) {
    begun_.insert(begun_.end(), mark.begin(), mark.begin() + marked_);
  }
  marked_ = mark.size();
}

// Leaves out what stands before the first line that is wanted.
std::string_view LineFeed::skip(std::string_view bytes) {
  while (line_ + 1 < first_ && !bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == bytes.npos) return {};
    bytes.remove_prefix(end + 1);
    ++line_;
  }
  return bytes;
}

bool LineFeed::take(std::string_view bytes) {
  bytes = skip(without_mark(bytes));
  const std::size_t end = bytes.rfind('\n');
  const std::string_view whole = bytes.substr(0, end == bytes.npos ? 0 : end + 1);
  const std::string_view rest = bytes.substr(whole.size());
  if (!whole.empty()) {
    if (!begun_.empty() && !hand_on({begun_.data(), begun_.size()})) return false;
    begun_.clear();
    if (!hand_on(whole)) return false;
    line_ += static_cast<std::uint64_t>(std::count(whole.begin(), whole.end(), '\n'));
  }
  begun_.insert(begun_.end(), rest.begin(), rest.end());
  if (begun_.size() < longest_line) return true;
  const bool handed = hand_on({begun_.data(), begun_.size()});
  begun_.clear();
  return handed;
}

bool LineFeed::hand_on(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(writing_.get(), bytes.data(), bytes.size());
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
      bytes_fed_ += static_cast<std::uint64_t>(size);
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    } else if (!wait(writing_.get(), POLLOUT)) {
      return false;
    }
  }
  return true;
}

}  // namespace byok::cli
