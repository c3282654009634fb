#include "daemon/http/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <new>

#include "daemon/http/router.hpp"

namespace byok::http {

using net::Awaitable;
using net::error_code;
namespace asio = net::asio;

namespace {

// Holds a short chat whole; larger requests grow it. Each stream under way keeps it.
constexpr std::size_t receive_capacity = 2 * 1024;
constexpr net::Milliseconds pause_without_resources{50};
// Those who are being served wait meanwhile.
constexpr std::size_t most_accepted_at_once = 8;
// That a client's last packet of a handshake takes to come.
constexpr net::Milliseconds handshake_time{250};

using Timer = asio::basic_waitable_timer<net::Clock, asio::wait_traits<net::Clock>, net::Executor>;
// What of all places others keep who shake hands, before they make room for each other alone.
constexpr std::size_t share_for_handshakes = 4;
// Beyond the limit, for those who want to know why it was reached.
constexpr std::size_t spare_for_metrics = 4;

}  // namespace

Server::Live::Live(Server& in, FileDescriptor socket, PeerProof proof)
    : server(in),
      channel(
          std::make_shared<net::Channel>(std::move(socket), server.worker_.loop, receive_capacity)),
      connection(server.worker_, channel, proof),
      among(&server.busy_),
      place(among->insert(among->end(), this)) {
  server.worker_.metrics.connections.add(1);
  if (server.worker_.draining) connection.drain(server.handed_over_);
}

Server::Live::~Live() {
  channel->close();
  among->erase(place);
  server.worker_.metrics.connections.add(-1);
}

void Server::Live::move_to(Lives& to) {
  to.splice(to.end(), *among, place);
  among = &to;
}

Server::Server(service::Worker& worker, const ServerSettings& settings)
    : worker_(worker), settings_(settings) {}

void Server::listen(FileDescriptor socket, Transport transport, bool handed_over, Serves serves) {
  Entrance& entrance = entrances_.emplace_back(Entrance{
      ListenSocket(worker_.loop.executor, socket.release()), transport, handed_over, serves});
  ++open_entrances_;
  handed_over_ |= handed_over;
  net::spawn(accept_loop(entrance));
}

Awaitable<void> Server::accept_loop(Entrance& entrance) {
  Timer pause(worker_.loop.executor);
  ListenSocket& listener = entrance.socket;
  for (;;) {
    error_code ec = co_await net::async<error_code>([&](auto done) {
      listener.async_wait(asio::posix::descriptor_base::wait_read, std::move(done));
    });
    if (ec || !listener.is_open()) co_return;
    if (accept(entrance, most_accepted_at_once)) continue;
    // No descriptor is to be had: waiting for the queue would return at once, again and again.
    pause.expires_after(pause_without_resources);
    ec = co_await net::async<error_code>([&](auto done) { pause.async_wait(std::move(done)); });
    if (ec) co_return;
  }
}

// False where the system has no descriptors or memory left.
bool Server::accept(Entrance& entrance, std::size_t most) {
  const int queue = entrance.socket.native_handle();
  for (std::size_t i = 0; i < most; ++i) {
    FileDescriptor accepted(accept4(queue, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    try {
      if (accepted) {
        admit(std::move(accepted), entrance);
        continue;
      }
    } catch (const std::bad_alloc&) {
      errno = ENOMEM;
    }
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return true;
    worker_.shared.log.warn("accept.failed", {{"reason", "out of descriptors or memory"}});
    return make_room();
  }
  return true;
}

// Serves the connection, or closes it where there are too many. In a drain they all get their
// answer, which is short.
void Server::admit(FileDescriptor accepted, const Entrance& from) {
  const std::size_t spare = from.serves == Serves::metrics ? spare_for_metrics : 0;
  if (!drained_ && connections() >= settings_.max_connections + spare && !make_room()) {
    worker_.metrics.turned_away.add();
    return;
  }
  worker_.metrics.accepted.add();
  int on = 1;
  if (from.transport != Transport::unix_socket) {
    setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  net::spawn(serve(std::move(accepted), from.transport, from.serves));
}

// The connection that has been idle longest gives way to a new one. Those that have yet to shake
// hands do before it where they are many: anybody can have any number of them.
bool Server::make_room() {
  const bool many = securing_.size() > settings_.max_connections / share_for_handshakes;
  if (many) return evict_from(securing_) || evict_from(idle_);
  return evict_from(idle_) || evict_from(securing_);
}

bool Server::evict_from(Lives& lives) {
  // One that is still taking its last answer is not idle to its client.
  auto sent = [](const Live* live) { return live->channel->all_sent(); };
  auto found = std::find_if(lives.begin(), lives.end(), sent);
  if (found == lives.end()) return false;
  Live& longest = **found;
  longest.move_to(busy_);
  longest.channel->end_stream();
  longest.channel->close();
  worker_.metrics.evicted.add();
  return true;
}

Awaitable<bool> Server::secure(Live& live) {
  live.move_to(securing_);
  const bool secured = co_await live.connection.secure(*settings_.tls);
  live.move_to(busy_);
  co_return secured;
}

Awaitable<void> Server::serve(FileDescriptor socket, Transport transport, Serves serves) {
  const Connection::Serve serve_one =
      serves == Serves::metrics ? serve_metrics_request : serve_request;
  try {
    std::optional<uid_t> operator_uid;
    if (transport == Transport::unix_socket) {
      operator_uid = operator_peer(socket.get(), settings_.operators);
    }
    Live live(*this, std::move(socket), PeerProof(operator_uid));
    bool open = true;
    if (transport == Transport::tls) open = co_await secure(live);
    if (open) {
      const std::function<void(bool)> between = [this, &live](bool idle) {
        live.move_to(idle ? idle_ : busy_);
      };
      co_await live.connection.run(serve_one, between);
    }
  } catch (const std::exception& broken) {
    worker_.shared.log.error("connection.failed", {{"reason", broken.what()}});
  }
  check_drained();
}

void Server::drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  for (Entrance& entrance : entrances_) {
    if (!entrance.socket.is_open()) continue;
    if (entrance.handed_over) {
      close(entrance);
      continue;
    }
    const bool is_unix = entrance.transport == Transport::unix_socket;
    const bool handshakes = close_queue(entrance.socket.native_handle(), is_unix);
    accept(entrance, SIZE_MAX);
    if (handshakes) {
      net::spawn(close_soon(entrance));
    } else {
      close(entrance);
    }
  }
  worker_.draining = true;
  for (Lives* lives : {&idle_, &busy_, &securing_}) {
    for (Live* live : *lives) live->connection.drain(handed_over_);
  }
  check_drained();
}

// Accepts meanwhile those who were about to join the queue when it was closed.
Awaitable<void> Server::close_soon(Entrance& entrance) {
  Timer timer(worker_.loop.executor);
  timer.expires_after(handshake_time);
  co_await net::async<error_code>([&](auto done) { timer.async_wait(std::move(done)); });
  if (entrance.socket.is_open()) {
    accept(entrance, SIZE_MAX);
    close(entrance);
  }
  check_drained();
}

void Server::close(Entrance& entrance) {
  if (!entrance.socket.is_open()) return;
  error_code ignored;
  entrance.socket.close(ignored);
  --open_entrances_;
}

void Server::adopt(std::size_t max_connections) {
  settings_.max_connections = max_connections;
  // Those that serve a request do when it is answered.
  for (Lives* lives : {&idle_, &securing_}) {
    for (Live* live : *lives) live->connection.adopt();
  }
}

void Server::abort() {
  for (Entrance& entrance : entrances_) close(entrance);
  for (Lives* lives : {&idle_, &busy_, &securing_}) {
    for (Live* live : *lives) live->channel->close();
  }
  check_drained();
}

void Server::check_drained() {
  if (!worker_.draining || open_entrances_ > 0 || connections() > 0 || !drained_) return;
  std::exchange(drained_, nullptr)();
}

}  // namespace byok::http
