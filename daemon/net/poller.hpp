// Which of one worker's plain sockets are ready. They are watched by an epoll set of their own,
// edge-triggered (epoll(7)), which Asio watches in turn: Asio by itself asks a socket for data
// before it waits for them, which is one system call in vain for every message, and keeps an
// operation with a lock for each read.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <vector>

#include "daemon/net/awaitable.hpp"
#include "daemon/net/turn.hpp"

namespace byok::net {

class Poller {
 public:
  class Watcher {
   public:
    // Called from the event loop with EPOLLIN, EPOLLOUT, EPOLLRDHUP and their like, each time that
    // something has changed. It may forget, and destroy, any watcher, this one included.
    virtual void ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  // What is ready at one time is one turn.
  Poller(Executor executor, Turn& turn);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Both stay the caller's, and are forgotten before they go. Throws std::system_error where the
  // system has no room for one more.
  void watch(int socket, Watcher& watcher);
  void forget(int socket, Watcher& watcher);

  // Calls watcher.ready(EPOLLIN) after what is ready now: for one that left something unread.
  void again(Watcher& watcher);

 private:
  void wait();
  void run();
  bool round();
  void tell(Watcher* watcher, std::uint32_t events);

  static constexpr int most_events = 24;

  Turn& turn_;
  asio::posix::basic_stream_descriptor<Executor> set_;
  std::array<epoll_event, most_events> events_;
  std::size_t found_ = 0;  // of them, in the round that is under way
  std::vector<Watcher*> again_;
  std::vector<Watcher*> now_;  // what again_ was when this round began
  std::size_t watched_ = 0;
  bool waiting_ = false;
  bool posted_ = false;
};

}  // namespace byok::net
