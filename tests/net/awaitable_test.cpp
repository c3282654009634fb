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

net::Awaitable<void> write_in_turn(net::Turn& turn, std::vector<int>& order, int number) {
  if (!turn.begin()) co_await turn.end();
  order.push_back(number);
}

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

TEST_CASE("the first write of a turn goes out at once, the others in order at its end") {
  asio::io_context context;
  net::Turn turn(context.get_executor());
  std::vector<int> order;
  for (int number : {1, 2, 3}) net::spawn(write_in_turn(turn, order, number));
  CHECK(order == std::vector{1});
  context.run();
  CHECK(order == std::vector{1, 2, 3});
  net::spawn(write_in_turn(turn, order, 4));
  CHECK(order.back() == 4);
  context.restart();
  context.run();
}
