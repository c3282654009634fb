// The little that these programs need of sockets: epoll, and writing without waiting.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "common/file_descriptor.hpp"

namespace byok::bench {

inline int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// A socket that listens on that port of this machine, and does not block.
inline FileDescriptor listen_on(std::uint16_t port) {
  FileDescriptor listener(
      checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  const int on = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  checked(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "bind");
  checked(listen(listener.get(), 4096), "listen");
  return listener;
}

// A connected socket with what it could not yet send.
class Socket {
 public:
  explicit Socket(FileDescriptor fd) : fd_(std::move(fd)) { send_at_once(fd_.get()); }

  int fd() const { return fd_.get(); }
  std::size_t unsent() const { return unsent_.size(); }

  // False where the peer has gone.
  bool write(std::string_view bytes) {
    if (!unsent_.empty()) {
      unsent_ += bytes;
      return true;
    }
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    unsent_ = bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    return true;
  }
  bool flush() {
    std::string rest;
    rest.swap(unsent_);
    return rest.empty() || write(rest);
  }

 private:
  FileDescriptor fd_;
  std::string unsent_;
};

class Epoll {
 public:
  Epoll() : fd_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

  // Edge-triggered, both directions, so that nothing is ever changed.
  void add(int fd, void* what) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = what;
    checked(epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  // Calls on_ready(void*, events) for what is ready by `until` (see now_ns).
  template <class OnReady>
  void wait(std::uint64_t now, std::uint64_t until, OnReady on_ready) {
    const std::uint64_t left = until > now ? until - now : 0;
    const timespec limit{static_cast<time_t>(left / 1'000'000'000),
                         static_cast<long>(left % 1'000'000'000)};
    epoll_event events[512];
    const int count = epoll_pwait2(fd_.get(), events, 512, &limit, nullptr);
    for (int i = 0; i < count; ++i) on_ready(events[i].data.ptr, events[i].events);
  }

 private:
  FileDescriptor fd_;
};

}  // namespace byok::bench
