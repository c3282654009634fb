#include "daemon/upstream/pool.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>

#include "daemon/upstream/response_head.hpp"
#include "daemon/upstream/tls_client.hpp"

namespace byok::upstream {
namespace {

namespace asio = net::asio;
using asio::ip::tcp;
using net::Awaitable;
using net::error_code;

// Holds a common answer whole; larger ones grow it.
constexpr std::size_t receive_capacity = 2 * 1024;

Error unreachable(bool timed_out, const Target& target, std::string_view what) {
  if (timed_out) {
    return {Errc::provider_timeout,
            "connecting to " + target.host + " took too long: try again, or check the network"};
  }
  return {Errc::provider_unreachable, std::string(what) + " " + target.host +
                                          " failed: try again, or check the network and base_url"};
}

// Ends a connection, which was counted as open from its beginning by whoever made it; that may be
// another provider than the one that uses it.
struct Made {
  PoolCounters* counters;
  void operator()(net::Channel* ended) const {
    counters->open.add(-1);
    delete ended;
  }
};

PoolCounters& maker_of(const std::shared_ptr<net::Channel>& channel) {
  return *std::get_deleter<Made>(channel)->counters;
}

std::shared_ptr<net::Channel> make_channel(FileDescriptor socket, net::Loop& loop,
                                           PoolCounters& counters) {
  auto channel = std::make_unique<net::Channel>(std::move(socket), loop, receive_capacity);
  counters.open.add(1);
  return {channel.release(), Made{&counters}};
}

// Opens a tunnel through the proxy that `channel` is connected to (RFC 9110 section 9.3.6).
Awaitable<bool> open_tunnel(net::Channel& channel, const Target& target) {
  std::string authority = target.host + ":" + target.port;
  std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!target.proxy->authorization.empty()) {
    request += "Proxy-Authorization: " + target.proxy->authorization + "\r\n";
  }
  request += "\r\n";
  error_code ec = co_await channel.write(request);
  if (ec) co_return false;
  http1::ResponseHead head;
  for (std::size_t searched = 0;;) {
    HeadState state = parse_response_head(channel.received(), searched, head);
    if (state == HeadState::complete) break;
    searched = channel.received().size();
    if (state == HeadState::malformed) co_return false;
    ec = co_await channel.receive(max_answer_head);
    if (ec) co_return false;
  }
  bool open = head.status / 100 == 2 && channel.received().size() == head.size;
  channel.consume(channel.received().size());
  co_return open;
}

}  // namespace

Pool::Pool(net::Loop& loop, const Limits& limits, std::span<PoolCounters> counters)
    : loop_(loop), limits_(limits), counters_(counters), resolver_(loop) {}

std::shared_ptr<net::Channel> Pool::take(const Target& target) {
  Idle& idle = idle_[target.connection_name];
  // The latest first: it is the likeliest to be alive still, and the others may grow old and go.
  while (!idle.empty()) {
    std::shared_ptr<net::Channel> channel = std::move(idle.back());
    idle.pop_back();
    maker_of(channel).idle.add(-1);
    channel->on_hangup(nullptr);
    channel->deadline().clear();
    // Anything that came unasked would be read as the next answer.
    if (channel->is_open() && channel->reading() && !channel->timed_out() &&
        channel->received().empty()) {
      counters_of(target).reuses.add();
      return channel;
    }
    channel->close();
  }
  return nullptr;
}

void Pool::give_back(const Target& target, std::shared_ptr<net::Channel> channel) {
  Idle& idle = idle_[target.connection_name];
  if (!channel->received().empty() || !channel->all_sent() || idle.size() >= limits_.max_idle) {
    channel->close();
    return;
  }
  channel->deadline().set(limits_.idle_timeout);
  channel->on_hangup([this, held = channel.get()] { drop(*held); });
  channel->read_ahead();
  maker_of(channel).idle.add(1);
  idle.push_back(std::move(channel));
}

void Pool::drop(const net::Channel& dead) {
  for (auto& [name, idle] : idle_) {
    std::erase_if(idle, [&dead](const auto& channel) {
      if (channel.get() != &dead) return false;
      maker_of(channel).idle.add(-1);
      return true;
    });
  }
}

void Pool::clear() {
  for (auto& [name, idle] : idle_) close(idle);
}

void Pool::adopt(const Limits& limits, const std::vector<std::string>& connection_names) {
  limits_ = limits;
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    if (std::ranges::find(connection_names, entry->first) != connection_names.end()) {
      ++entry;
    } else {
      close(entry->second);
      entry = idle_.erase(entry);
    }
  }
}

void Pool::close(Idle& idle) {
  for (auto& channel : idle) {
    maker_of(channel).idle.add(-1);
    channel->on_hangup(nullptr);
    channel->close();
  }
  idle.clear();
}

void Pool::join(User& user) {
  users_.push_back(user);
  if (aborted_) user.cancel();
}

void Pool::abort() {
  aborted_ = true;
  for (User& user : users_) user.cancel();
}

Awaitable<Result<std::shared_ptr<net::Channel>>> Pool::connect(const Target& target,
                                                               std::stop_token stop) {
  counters_of(target).connects.add();
  const net::Clock::time_point until = net::coarse_now() + limits_.connect_timeout;
  auto dialled = co_await dial(target, until, stop);
  // That it was given up says nothing of the provider.
  if (!dialled) {
    if (!stop.stop_requested()) counters_of(target).failures.add();
    co_return dialled.error();
  }
  std::shared_ptr<net::Channel> channel = std::move(*dialled);
  const std::stop_callback give_up(stop, [&channel] { channel->close(); });
  Result<void> secured = co_await secure(*channel, target);
  channel->deadline().clear();
  if (!secured) {
    if (!stop.stop_requested()) counters_of(target).failures.add();
    channel->close();
    co_return secured.error();
  }
  co_return channel;
}

// Connects to the provider, or to the proxy on the way to it. What is given keeps to `until`.
Awaitable<Result<std::shared_ptr<net::Channel>>> Pool::dial(const Target& target,
                                                            net::Clock::time_point until,
                                                            std::stop_token stop) {
  const std::string& host = target.proxy ? target.proxy->host : target.host;
  const std::string& port = target.proxy ? target.proxy->port : target.port;
  auto [ec, endpoints] = co_await resolver_.look_up(host, port, limits_.connect_timeout, stop);
  if (ec) co_return unreachable(ec == asio::error::timed_out, target, "looking up");
  bool timed_out = false;
  for (const tcp::endpoint& endpoint : endpoints) {
    if (stop.stop_requested()) break;
    FileDescriptor socket = net::begin_connection(endpoint, ec);
    if (ec) continue;
    auto channel = make_channel(std::move(socket), loop_, counters_of(target));
    channel->deadline().set(std::chrono::ceil<net::Milliseconds>(until - net::coarse_now()));
    const std::stop_callback give_up(stop, [&channel] { channel->close(); });
    ec = co_await channel->connected();
    if (!ec) co_return channel;
    timed_out = channel->timed_out();
    channel->close();
    if (timed_out) break;
  }
  co_return unreachable(timed_out, target, "connecting to");
}

Awaitable<Result<void>> Pool::secure(net::Channel& channel, const Target& target) {
  if (target.proxy && !co_await open_tunnel(channel, target)) {
    co_return unreachable(channel.timed_out(), target, "the proxy's tunnel to");
  }
  if (target.tls) {
    net::TlsSocket& tls = channel.start_tls(target.tls_client->context(), net::TlsSide::client);
    target.tls_client->prepare(tls.ssl());
    error_code ec = co_await channel.handshake();
    if (ec) co_return unreachable(channel.timed_out(), target, "verified TLS with");
  }
  co_return Result<void>();
}

}  // namespace byok::upstream
