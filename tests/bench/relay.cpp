// The least that a program between a client and a provider can do: hands bytes on, both ways, on
// one thread, and looks at none of them. What it costs is the system's part of every gateway's
// figures.
//
//   bench_relay PORT UPSTREAM_PORT     serves 127.0.0.1:PORT, a connection to the other for each
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "tests/bench/event_loop.hpp"

namespace byok::bench {
namespace {

// A client's connection and the provider's that belongs to it.
struct Pair {
  struct End {
    Socket socket;
    Pair& pair;
    End& other;
  };

  Pair(FileDescriptor from_client, FileDescriptor to_provider)
      : client{Socket(std::move(from_client)), *this, provider},
        provider{Socket(std::move(to_provider)), *this, client} {}

  End client, provider;
  bool over = false;
};

class Relay {
 public:
  Relay(std::uint16_t port, std::uint16_t upstream_port)
      : upstream_(loopback(upstream_port)), listener_(listen_on(port)) {
    epoll_.add(listener_.get(), nullptr);
  }

  [[noreturn]] void run() {
    for (;;) {
      epoll_.wait(0, UINT64_MAX >> 1, [this](void* what, std::uint32_t events) {
        if (what == nullptr) return accept_all();
        auto& end = *static_cast<Pair::End*>(what);
        if (end.pair.over) return;
        const bool sent = (events & EPOLLOUT) == 0 || end.socket.flush();
        if (!sent || !hand_on(end)) {
          end.pair.over = true;
          ended_.push_back(&end.pair);
        }
      });
      // Not before: an event of the same turn may belong to it.
      for (Pair* pair : ended_) pairs_.erase(pair);
      ended_.clear();
    }
  }

 private:
  void accept_all() {
    for (;;) {
      FileDescriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK));
      if (!client) return;
      FileDescriptor provider(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket"));
      if (connect(provider.get(), reinterpret_cast<const sockaddr*>(&upstream_),
                  sizeof upstream_) != 0 &&
          errno != EINPROGRESS) {
        continue;
      }
      auto pair = std::make_unique<Pair>(std::move(client), std::move(provider));
      epoll_.add(pair->client.socket.fd(), &pair->client);
      epoll_.add(pair->provider.socket.fd(), &pair->provider);
      pairs_.emplace(pair.get(), std::move(pair));
    }
  }

  // What has come goes to the other end; false where one has gone.
  static bool hand_on(Pair::End& end) {
    static char buffer[256 * 1024];
    for (;;) {
      const ssize_t got = recv(end.socket.fd(), buffer, sizeof buffer, 0);
      if (got < 0) return errno == EAGAIN;
      if (got == 0) return false;
      const auto size = static_cast<std::size_t>(got);
      if (!end.other.socket.write({buffer, size})) return false;
      // A short read has emptied the socket.
      if (size < sizeof buffer) return true;
    }
  }

  sockaddr_in upstream_;
  Epoll epoll_;
  FileDescriptor listener_;
  std::unordered_map<Pair*, std::unique_ptr<Pair>> pairs_;
  std::vector<Pair*> ended_;
};

}  // namespace
}  // namespace byok::bench

int main(int count, char** arguments) {
  try {
    if (count != 3) throw std::invalid_argument("two ports");
    const auto port = [&](int at) { return static_cast<std::uint16_t>(std::stoul(arguments[at])); };
    byok::bench::Relay(port(1), port(2)).run();
  } catch (const std::logic_error&) {
    std::fputs("usage: bench_relay PORT UPSTREAM_PORT\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_relay: %s\n", error.what());
    return 1;
  }
}
