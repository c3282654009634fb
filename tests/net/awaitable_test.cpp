#include "daemon/net/awaitable.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/net/turn.hpp"
#include "daemon/net/waiting.hpp"

using namespace byok;
namespace asio = net::asio;

namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

net::Awaitable<int> ready(int value) { return value; }

net::Awaitable<int> when_signalled(net::Signal& signal, int value) {
  co_await signal.wait();
  co_return value;
}

net::Awaitable<int> failing() {
  throw std::runtime_error("no");
  co_return 0;
}

net::Awaitable<void> add_up(net::Signal& signal, int& sum) {
  sum += co_await ready(1);
  sum += co_await when_signalled(signal, 10);
  try {
    sum += co_await failing();
  } catch (const std::runtime_error&) {
    sum += 100;
  }
}

// Tells when its frame goes.
struct Marker {
  explicit Marker(bool& to) : gone(to) {}
  ~Marker() { gone = true; }
  bool& gone;
};

net::Awaitable<void> inner(Timer& timer, bool& gone) {
  Marker marker(gone);
  co_await net::async<net::error_code>([&](auto done) { timer.async_wait(std::move(done)); });
}

net::Awaitable<void> outer(Timer& timer, bool& inner_gone, bool& outer_gone) {
  Marker marker(outer_gone);
  co_await inner(timer, inner_gone);
}

// Notes what it is given to send.
struct Sent final : net::Turn::Sender {
  void send_deferred(std::string_view bytes) override { sent.emplace_back(bytes); }
  std::vector<std::string> sent;
};

net::Gather gather(std::string_view bytes) { return {asio::buffer(bytes)}; }

}  // namespace

TEST_CASE("a value that is there is had without waiting") {
  net::Awaitable<int> value = ready(7);
  CHECK(value.await_ready());
  CHECK(value.await_resume() == 7);
}

TEST_CASE("a coroutine goes on where what it awaits gives a value, and catches what that throws") {
  net::Signal signal;
  int sum = 0;
  net::spawn(add_up(signal, sum));
  CHECK(sum == 1);
  CHECK(signal.awaited());
  signal.wake();
  CHECK(sum == 111);
  CHECK_FALSE(signal.awaited());
  signal.wake();
  CHECK(sum == 111);
}

TEST_CASE("coroutines that wait for an operation go with the loop that would have ended it") {
  bool inner_gone = false;
  bool outer_gone = false;
  auto context = std::make_unique<asio::io_context>();
  {
    auto timer = std::make_shared<Timer>(context->get_executor(), std::chrono::hours(1));
    net::spawn(outer(*timer, inner_gone, outer_gone));
    context->poll();
    CHECK_FALSE(inner_gone);
    // The timer's own end would complete the operation; so it is the loop that goes first.
    asio::post(*context, [timer] {});
  }
  context.reset();
  CHECK(inner_gone);
  CHECK(outer_gone);
}

TEST_CASE("what follows the first write of a turn is gathered and goes at its end, in order") {
  asio::io_context context;
  net::Turn turn(context.get_executor());
  Sent one;
  Sent other;
  CHECK(turn.first_write());
  CHECK_FALSE(turn.first_write());
  CHECK(turn.defer(one, gather("a")));
  CHECK(turn.defer(one, gather("b")));
  CHECK(turn.defer(other, gather("c")));
  CHECK(turn.defer(one, gather("d")));
  CHECK(one.sent.empty());
  context.run();
  CHECK(one.sent == std::vector<std::string>{"ab", "d"});
  CHECK(other.sent == std::vector<std::string>{"c"});
  CHECK(turn.first_write());
  context.restart();
  context.run();
}

TEST_CASE("a turn that was opened lasts until it is closed") {
  asio::io_context context;
  net::Turn turn(context.get_executor());
  Sent one;
  std::string told;
  turn.on_open([&] { told += "open "; });
  turn.on_close([&] { told += one.sent.empty() ? "too early" : "closed"; });
  turn.open();
  CHECK(turn.first_write());
  CHECK(turn.defer(one, gather("a")));
  context.run();
  CHECK(one.sent.empty());
  turn.close();
  CHECK(one.sent == std::vector<std::string>{"a"});
  CHECK(told == "open closed");
}

TEST_CASE("a turn takes little writes, however many, and no large one") {
  asio::io_context context;
  net::Turn turn(context.get_executor());
  Sent one;
  std::string little(4096, 'x');
  CHECK_FALSE(turn.defer(one, gather(little + "x")));
  for (int i = 0; i < 40; ++i) CHECK(turn.defer(one, gather(little)));
  turn.send_now();
  std::size_t size = 0;
  for (const std::string& sent : one.sent) size += sent.size();
  CHECK(size == 40 * little.size());
}
