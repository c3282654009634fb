#include "daemon/service/pause.hpp"

#include <boost/asio/post.hpp>

#include "daemon/net/waiting.hpp"

namespace byok::service {

net::Awaitable<void> pause(Worker& worker) {
  auto posted =
      net::async<>([&](auto done) { net::asio::post(worker.loop.executor, std::move(done)); });
  [[maybe_unused]] std::tuple<> nothing = co_await posted;
}

}  // namespace byok::service
