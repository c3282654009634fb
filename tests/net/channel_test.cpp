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
    channel = std::make_shared<net::Channel>(FileDescriptor(ends[0]), loop, capacity);
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
  // Begins a write whose outcome is told later.
  void write(std::string_view bytes, std::optional<net::error_code>& outcome) {
    auto wait = [](net::Channel& to, std::string_view what,
                   std::optional<net::error_code>& told) -> net::Awaitable<void> {
      told = co_await to.write(what);
    };
    net::spawn(wait(*channel, bytes, outcome));
  }
  // What the peer has got so far.
  std::string taken() {
    std::string all(1 << 20, '\0');
    ssize_t size = ::recv(peer.get(), all.data(), all.size(), MSG_DONTWAIT);
    all.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return all;
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

TEST_CASE("what is moved within the receive buffer leaves no copy behind it") {
  constexpr std::size_t capacity = 8;
  Pair pair(capacity);
  pair.send("aaaaSECR");
  CHECK_FALSE(pair.receive());
  pair.channel->consume(4);
  pair.send("x");
  CHECK_FALSE(pair.receive(capacity));
  const std::string_view received = pair.channel->received();
  REQUIRE(received == "SECRx");
  // The rest of the buffer.
  CHECK(std::string(received.data() + received.size(), capacity - received.size()) ==
        std::string(capacity - received.size(), '\0'));
}

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

TEST_CASE("of several little writes the first goes at once and the others with the turn's end") {
  Pair pair(16);
  std::optional<net::error_code> first, second, third;
  pair.write("a", first);
  pair.write("b", second);
  pair.write("c", third);
  CHECK((first && second && third));
  CHECK(pair.taken() == "a");
  CHECK_FALSE(pair.channel->all_sent());
  pair.poll();
  CHECK(pair.channel->all_sent());
  CHECK(pair.taken() == "bc");
}

TEST_CASE("a large write goes behind the little ones before it") {
  Pair pair(16);
  std::optional<net::error_code> outcome;
  pair.write("a", outcome);
  pair.write("b", outcome);
  std::string large(8000, 'x');
  pair.write(large, outcome);
  CHECK(pair.taken() == "ab" + large);
}

TEST_CASE("what the peer does not take holds back the next write, and keeps its order") {
  Pair pair(16);
  std::string sent;
  std::optional<net::error_code> outcome;
  std::string little(4000, 'x');
  // Until the kernel takes no more: what was taken over is then still here.
  for (int i = 0; pair.channel->all_sent(); ++i) {
    little.assign(little.size(), static_cast<char>('a' + i % 26));
    pair.write("", outcome);
    pair.write(little, outcome);
    REQUIRE((outcome && !*outcome));
    sent += little;
    pair.poll();
  }
  std::optional<net::error_code> late;
  pair.write("end", late);
  pair.poll();
  CHECK_FALSE(late);
  sent += "end";
  std::string got;
  while (got.size() < sent.size()) {
    got += pair.taken();
    pair.poll();
  }
  CHECK(got == sent);
  REQUIRE(late);
  CHECK_FALSE(*late);
}

TEST_CASE("closing sends what was taken over, and ends what waits") {
  Pair pair(16);
  std::optional<net::error_code> outcome;
  pair.write("a", outcome);
  pair.write("b", outcome);
  pair.channel->read_ahead();
  int told = 0;
  pair.channel->on_hangup([&told] { ++told; });
  pair.channel->close();
  CHECK(told == 0);
  pair.poll();
  CHECK(told == 1);
  CHECK(pair.taken() == "ab");
  pair.write("c", outcome);
  CHECK((outcome && *outcome));
}

TEST_CASE("what is read past the buffer is the caller's alone") {
  Pair pair(16);
  std::string into(8, '\0');
  std::optional<net::Transferred> got;
  auto wait = [](net::Channel& from, std::string& to,
                 std::optional<net::Transferred>& told) -> net::Awaitable<void> {
    told = co_await from.read_into(asio::buffer(to));
  };
  net::spawn(wait(*pair.channel, into, got));
  pair.send("0123456789");
  while (!got) pair.context.run_one();
  CHECK(got->size == 8);
  CHECK(into == "01234567");
  CHECK(pair.channel->received().empty());
  CHECK(pair.channel->has_unread());
  // What was left is told again, although nothing more came.
  CHECK_FALSE(pair.receive());
  CHECK(pair.channel->received() == "89");
  pair.channel->consume(2);
  CHECK_FALSE(pair.channel->has_unread());
  // Nor is anything left where it was as much as was asked for.
  got.reset();
  net::spawn(wait(*pair.channel, into, got));
  pair.send("abcdefgh");
  while (!got) pair.context.run_one();
  CHECK(got->size == 8);
  CHECK_FALSE(pair.channel->has_unread());
  // An end is nothing to be read.
  pair.hang_up();
  pair.poll();
  CHECK_FALSE(pair.channel->has_unread());
}

TEST_CASE("on a closed channel nothing is read, though bytes were left") {
  constexpr std::size_t capacity = 4;
  Pair pair(capacity);
  pair.send("abcdefgh");
  CHECK_FALSE(pair.receive(capacity));
  pair.channel->consume(capacity);
  pair.channel->close();
  pair.channel->read_ahead();
  CHECK_FALSE(pair.channel->reading());
  CHECK(pair.receive() == asio::error::operation_aborted);
}

TEST_CASE("a write has a deadline of its own, whatever a read does with the other") {
  Pair pair(16);
  pair.channel->expect_taking(net::Milliseconds(1));
  pair.channel->deadline().set(net::Milliseconds(100'000));
  pair.channel->deadline().clear();
  CHECK(pair.receive() == asio::error::operation_aborted);
  CHECK(pair.channel->timed_out());
}

TEST_CASE("a peer has to take some of what is written in each stretch of time, and not all of it") {
  constexpr net::Milliseconds time{200};
  const std::string much(1 << 20, 'm');
  struct Row {
    std::string_view name;
    std::size_t at_a_time;  // in bytes
    bool long_enough;
  };
  // A peer that takes little is one that takes nothing.
  for (const Row& row : {Row{"enough", 32 * 1024, true}, Row{"too little", 1, false}}) {
    CAPTURE(row.name);
    Pair pair(16);
    std::optional<net::error_code> written = net::error_code();
    std::string taken(row.at_a_time, '\0');
    pair.channel->expect_taking(time);
    const auto end = net::Clock::now() + 5 * time;
    while (net::Clock::now() < end && !pair.channel->timed_out()) {
      if (written) {
        written.reset();
        pair.write(much, written);
      }
      ::recv(pair.peer.get(), taken.data(), taken.size(), MSG_DONTWAIT);
      pair.context.restart();
      pair.context.run_one_for(std::chrono::milliseconds(20));
    }
    CHECK(pair.channel->timed_out() != row.long_enough);
    pair.channel->expect_no_taking();
    pair.channel->close();
    pair.poll();
    CHECK(written.has_value());
  }
}

TEST_CASE("a deadline that another has put off while both passed does not expire") {
  asio::io_context context;
  net::Deadlines clock(context.get_executor());
  int late = 0;
  std::optional<net::Deadline> second;
  net::Deadline first(clock, [&] {
    second->clear();
    clock.stop();
  });
  second.emplace(clock, [&late] { ++late; });
  first.set(net::Milliseconds(0));
  second->set(net::Milliseconds(0));
  context.run();
  CHECK(late == 0);
}
