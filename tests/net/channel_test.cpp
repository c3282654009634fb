#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <string>

#include "common/file_descriptor.hpp"
#include "daemon/net/channel.hpp"

using namespace byok;
namespace asio = net::asio;

namespace {

// A channel at one end of a socket pair, and the other end.
struct Pair {
  explicit Pair(std::size_t capacity) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    peer = FileDescriptor(ends[1]);
    net::Socket socket(context.get_executor(), asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
    channel = std::make_shared<net::Channel>(net::Stream(std::move(socket)), loop, capacity);
  }
  ~Pair() {
    channel->close();
    loop.deadlines.stop();
    context.run();
  }

  void send(std::string_view bytes) {
    REQUIRE(::write(peer.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void hang_up() { peer = FileDescriptor(); }

  // Runs one receive() to its end.
  net::error_code receive(std::size_t max_capacity = 1 << 16) {
    std::optional<net::error_code> outcome;
    auto wait = [](net::Channel& from, std::size_t most,
                   std::optional<net::error_code>& to) -> net::Awaitable<void> {
      to = co_await from.receive(most);
    };
    net::spawn(wait(*channel, max_capacity, outcome));
    while (!outcome) context.run_one();
    return *outcome;
  }
  // Lets what is ready happen.
  void poll() {
    context.restart();
    context.poll();
  }

  asio::io_context context;
  net::Loop loop{context.get_executor()};
  std::shared_ptr<net::Channel> channel;
  FileDescriptor peer;
};

}  // namespace

TEST_CASE("what is received stays in place until it is consumed, and the buffer grows") {
  Pair pair(4);
  pair.send("abcdefghij");
  while (pair.channel->received().size() < 10) CHECK_FALSE(pair.receive());
  CHECK(pair.channel->received() == "abcdefghij");
  pair.channel->consume(3);
  CHECK(pair.channel->received() == "defghij");
}

TEST_CASE("a full buffer that may not grow is told") {
  Pair pair(4);
  pair.send("abcdefgh");
  CHECK_FALSE(pair.receive(4));
  CHECK(pair.receive(4) == asio::error::no_buffer_space);
}

TEST_CASE("the peer's end is told, after what it sent") {
  Pair pair(16);
  pair.send("abc");
  pair.hang_up();
  CHECK_FALSE(pair.receive());
  CHECK(pair.channel->received() == "abc");
  CHECK(pair.receive() == asio::error::eof);
}

TEST_CASE("what is read ahead leaves the message before it alone, wherever there is room") {
  // Small enough that what is read ahead lies behind the message at first, and before it later.
  Pair pair(16);
  std::string message = "00000";
  pair.send(message);
  CHECK_FALSE(pair.receive());
  for (int i = 1; i < 20; ++i) {
    CAPTURE(i);
    std::string_view held = pair.channel->received();
    CHECK(held == message);
    pair.channel->read_ahead();
    CHECK(pair.channel->reading());
    std::string next(5, static_cast<char>('a' + i));
    pair.send(next);
    pair.poll();
    CHECK_FALSE(pair.channel->reading());
    CHECK(held == message);
    pair.channel->consume(5);
    CHECK(pair.channel->received() == next);
    message = next;
  }
}

TEST_CASE("a read that was begun ahead serves whoever waits for it") {
  Pair pair(16);
  pair.channel->read_ahead();
  pair.send("abc");
  CHECK_FALSE(pair.receive());
  CHECK(pair.channel->received() == "abc");
}

TEST_CASE("a peer that hangs up while nobody waits is told once") {
  Pair pair(16);
  int told = 0;
  pair.channel->on_hangup([&told] { ++told; });
  pair.channel->read_ahead();
  pair.poll();
  CHECK(told == 0);
  pair.hang_up();
  pair.poll();
  CHECK(told == 1);
  CHECK(pair.channel->ended());
  pair.channel->read_ahead();
  CHECK_FALSE(pair.channel->reading());
}

TEST_CASE("a deadline ends what is under way and leaves the connection for a last word") {
  Pair pair(16);
  pair.channel->deadline().set(net::Milliseconds(1));
  CHECK(pair.receive() == asio::error::operation_aborted);
  CHECK(pair.channel->timed_out());
  CHECK(pair.channel->is_open());
}

TEST_CASE("bytes put back stand behind what is received") {
  Pair pair(4);
  pair.send("ab");
  CHECK_FALSE(pair.receive());
  pair.channel->put_back("cdefgh");
  CHECK(pair.channel->received() == "abcdefgh");
}
