// Standard streams that somebody has made non-blocking.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

#include "cli/files.hpp"
#include "tests/cli/served.hpp"

using namespace byok;
using namespace byok::testing;

namespace {

struct NonBlockingPipe {
  FileDescriptor reading;
  FileDescriptor writing;
  NonBlockingPipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
  int held() const {
    int size = 0;
    ioctl(reading.get(), FIONREAD, &size);
    return size;
  }
};

// Begins once the pipe is full, so that its writer has met its end, or once that has `ended`.
// `writing` is another descriptor of the pipe's other end.
std::string read_late(int reading, FileDescriptor writing, const std::atomic<bool>& ended) {
  for (pollfd polled{writing.get(), POLLOUT, 0}; poll(&polled, 1, 0) > 0 && !ended;) {
    std::this_thread::yield();
  }
  writing.reset();
  std::string text;
  for (;;) {
    char part[4096];
    pollfd polled{reading, POLLIN, 0};
    poll(&polled, 1, -1);
    const ssize_t size = read(reading, part, sizeof part);
    if (size == 0) return text;
    if (size > 0) text.append(part, static_cast<std::size_t>(size));
  }
}

}  // namespace

TEST_CASE("nothing is lost on a stdout that is non-blocking") {
  const std::string large(300'000, 'x');
  const std::string document = "{\"keys\":\"" + large + "\"}";
  const std::string import = R"({"line":1,"ok":true,"tenant":"a","token":")" + large + "\"}\n";
  struct Case {
    const char* name;
    Words words;
    Reply reply;
    std::string out;
  };
  const Case cases[] = {
      {"JSON", {"--json", "list"}, ok(document), document + "\n"},
      {"a backup", {"backup", "-"}, ok(large), large},
      {"tokens", {"import", "-"}, ok(import, "application/x-ndjson"), "a\t" + large + "\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    NonBlockingPipe pipe;
    std::string out;
    std::atomic<bool> ended{false};
    FileDescriptor writing(fcntl(pipe.writing.get(), F_DUPFD_CLOEXEC, 0));
    std::thread reader(
        [&out, &ended, reading = pipe.reading.get(), writing = std::move(writing)]() mutable {
          out = read_late(reading, std::move(writing), ended);
        });
    Served served({c.reply});
    Ran ran = served.run_in({.out = pipe.writing.get()}, c.words);
    pipe.writing.reset();
    ended = true;
    reader.join();
    CAPTURE(ran.err);
    CHECK(ran.exit == 0);
    CHECK((out == c.out));
  }
}

TEST_CASE("a stdin that is non-blocking is read to its end") {
  NonBlockingPipe pipe;
  constexpr int rounds = 1000;
  std::thread writer([&] {
    for (int i = 0; i < rounds; ++i) {
      if (write(pipe.writing.get(), "x", 1) != 1) break;
      // Whoever reads finds nothing then, many times at least.
      while (pipe.held() > 0) std::this_thread::yield();
    }
    pipe.writing.reset();
  });
  auto text = cli::read_all(pipe.reading.get(), "it", rounds);
  if (!text) {
    // The writer waits for somebody to read.
    char rest;
    while (read(pipe.reading.get(), &rest, 1) != 0) std::this_thread::yield();
  }
  writer.join();
  REQUIRE(text.has_value());
  CHECK(text->size() == rounds);
}
