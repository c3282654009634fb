#include "daemon/http/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>

#include "daemon/http/router.hpp"

namespace byok::http {

using net::Awaitable;
using net::error_code;
namespace asio = net::asio;

namespace {

// Holds a common request whole; larger ones grow it.
constexpr std::size_t receive_capacity = 4 * 1024;
constexpr net::Milliseconds pause_without_descriptors{50};

}  // namespace

Server::Live::Live(Server& server, net::Socket socket, bool operator_peer)
    : channel(std::make_shared<net::Channel>(net::Stream(std::move(socket)), server.worker_.clock,
                                             receive_capacity)),
      connection(server.worker_, channel, operator_peer, server.settings_.connection) {}

Server::Server(service::Worker& worker, const ServerSettings& settings)
    : worker_(worker), settings_(settings) {}

void Server::listen(FileDescriptor socket, bool is_unix) {
  ListenSocket& listener = listeners_.emplace_back(worker_.executor, socket.release());
  asio::co_spawn(worker_.executor, accept_loop(listener, is_unix), asio::detached);
}

Awaitable<void> Server::accept_loop(ListenSocket& listener, bool is_unix) {
  asio::basic_waitable_timer<net::Clock, asio::wait_traits<net::Clock>, net::Executor> pause(
      worker_.executor);
  for (;;) {
    error_code ec;
    co_await listener.async_wait(asio::posix::descriptor_base::wait_read,
                                 asio::redirect_error(net::use_awaitable, ec));
    if (ec || !listener.is_open()) co_return;
    if (accept_all(listener.native_handle(), is_unix)) continue;
    // No descriptor is to be had: waiting for the queue would return at once, again and again.
    pause.expires_after(pause_without_descriptors);
    co_await pause.async_wait(asio::redirect_error(net::use_awaitable, ec));
  }
}

// False where the system has no descriptors or memory left.
bool Server::accept_all(int listener, bool is_unix) {
  for (;;) {
    int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return true;
      worker_.shared.log.warn("accept.failed", {{"reason", "out of descriptors or memory"}});
      return make_room();
    }
    FileDescriptor guard(accepted);
    if (live_ >= settings_.max_connections && !make_room()) continue;
    int on = 1;
    if (!is_unix) setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bool operator_peer = is_unix && is_operator_peer(accepted, settings_.operators);
    asio::generic::stream_protocol protocol(is_unix ? AF_UNIX : AF_INET, is_unix ? 0 : IPPROTO_TCP);
    net::Socket socket(worker_.executor, protocol, guard.release());
    asio::co_spawn(worker_.executor, serve(std::move(socket), operator_peer), asio::detached);
  }
}

// The connection that has been idle longest gives way to a new one.
bool Server::make_room() {
  if (idle_.empty()) return false;
  Live& longest = *idle_.front();
  idle_.pop_front();
  longest.idle.reset();
  longest.channel->close();
  return true;
}

void Server::mark(Live& live, bool idle) {
  if (live.idle) idle_.erase(*live.idle);
  live.idle.reset();
  if (idle) live.idle = idle_.insert(idle_.end(), &live);
}

Awaitable<void> Server::serve(net::Socket socket, bool operator_peer) {
  Live live(*this, std::move(socket), operator_peer);
  live.place = all_.insert(all_.end(), &live);
  ++live_;
  if (worker_.draining) live.connection.drain();
  try {
    co_await live.connection.run(serve_request, [&](bool idle) { mark(live, idle); });
  } catch (const std::exception& broken) {
    worker_.shared.log.error("connection.failed", {{"reason", broken.what()}});
    live.channel->close();
  }
  mark(live, false);
  all_.erase(live.place);
  --live_;
  check_drained();
}

void Server::drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  for (ListenSocket& listener : listeners_) {
    int family = 0;
    socklen_t size = sizeof family;
    getsockopt(listener.native_handle(), SOL_SOCKET, SO_DOMAIN, &family, &size);
    accept_all(listener.native_handle(), family == AF_UNIX);
    error_code ignored;
    listener.close(ignored);
  }
  worker_.draining = true;
  for (Live* live : all_) live->connection.drain();
  check_drained();
}

void Server::abort() {
  for (Live* live : all_) live->channel->close();
}

void Server::check_drained() {
  if (worker_.draining && live_ == 0 && drained_) std::exchange(drained_, nullptr)();
}

}  // namespace byok::http
