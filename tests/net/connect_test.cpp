#include <doctest/doctest.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "daemon/net/channel.hpp"

using namespace byok;
namespace asio = net::asio;
using asio::ip::tcp;

namespace {

// A listener that accepts nothing by itself, and connections to it.
struct World {
  explicit World(int backlog) : listener(context, tcp::v4()) {
    listener.bind({asio::ip::address_v4::loopback(), 0});
    listener.listen(backlog);
    peer = listener.local_endpoint();
  }
  ~World() {
    for (auto& channel : channels) channel->close();
    channels.clear();
    loop.deadlines.stop();
    context.restart();
    context.run();
  }

  std::shared_ptr<net::Channel> begin() {
    net::error_code failed;
    FileDescriptor socket = net::begin_connection(peer, failed);
    REQUIRE_FALSE(failed);
    return channels.emplace_back(std::make_shared<net::Channel>(std::move(socket), loop, 64));
  }
  // What came of it, waited for.
  net::error_code connected(net::Channel& channel) {
    std::optional<net::error_code> outcome;
    auto wait = [](net::Channel& of, std::optional<net::error_code>& to) -> net::Awaitable<void> {
      to = co_await of.connected();
    };
    net::spawn(wait(channel, outcome));
    while (!outcome) context.run_one();
    return *outcome;
  }

  asio::io_context context;
  net::Loop loop{context.get_executor()};
  tcp::acceptor listener;
  tcp::endpoint peer;
  std::vector<std::shared_ptr<net::Channel>> channels;
};

}  // namespace

TEST_CASE("a connection to this host stands at once, and carries bytes") {
  World world(8);
  auto channel = world.begin();
  net::Awaitable<net::error_code> standing = channel->connected();
  REQUIRE(standing.await_ready());
  CHECK_FALSE(standing.await_resume());
  tcp::socket accepted = world.listener.accept();
  REQUIRE(::send(accepted.native_handle(), "hi", 2, 0) == 2);
  std::optional<net::error_code> received;
  auto wait = [](net::Channel& from, std::optional<net::error_code>& to) -> net::Awaitable<void> {
    to = co_await from.receive(64);
  };
  net::spawn(wait(*channel, received));
  while (!received) world.context.run_one();
  CHECK(channel->received() == "hi");
}

TEST_CASE("a refused connection says so") {
  World world(8);
  world.listener.close();
  net::error_code failed;
  FileDescriptor socket = net::begin_connection(world.peer, failed);
  if (!failed) {
    auto channel = world.channels.emplace_back(
        std::make_shared<net::Channel>(std::move(socket), world.loop, 64));
    failed = world.connected(*channel);
  }
  CHECK(failed == asio::error::connection_refused);
}

TEST_CASE("a connection that nobody takes ends with its deadline, or with its closing") {
  World world(0);
  // Fills the listener's queue: what comes then gets no answer.
  for (bool waits = false; !waits;) waits = !world.begin()->connected().await_ready();
  SUBCASE("by its deadline") {
    auto channel = world.begin();
    channel->deadline().set(net::Milliseconds(1));
    CHECK(world.connected(*channel) == asio::error::operation_aborted);
    CHECK(channel->timed_out());
  }
  SUBCASE("by its closing") {
    auto channel = world.begin();
    asio::post(world.context, [channel] { channel->close(); });
    CHECK(world.connected(*channel) == asio::error::operation_aborted);
  }
}
