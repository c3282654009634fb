#include "daemon/net/poller.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>

namespace byok::net {
namespace {

// Under load there is more to do after a round. How often it is looked for before the rest of the
// loop has its turn.
constexpr int most_rounds = 4;
constexpr std::size_t busy = 8;  // events in one round

int make_set() {
  int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return set;
}

}  // namespace

Poller::Poller(Executor executor, Turn& turn) : turn_(turn), set_(executor, make_set()) {}

void Poller::watch(int socket, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  if (epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, socket, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  ++watched_;
  wait();
}

void Poller::forget(int socket, Watcher& watcher) {
  epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
  for (std::size_t i = 0; i < found_; ++i) {
    if (events_[i].data.ptr == &watcher) events_[i].data.ptr = nullptr;
  }
  std::erase(again_, &watcher);
  std::replace(now_.begin(), now_.end(), &watcher, static_cast<Watcher*>(nullptr));
  // With nothing to watch the loop may run dry.
  if (--watched_ == 0) set_.cancel();
}

void Poller::again(Watcher& watcher) {
  again_.push_back(&watcher);
  if (posted_) return;
  posted_ = true;
  asio::post(set_.get_executor(), [this] {
    posted_ = false;
    run();
  });
}

void Poller::wait() {
  if (waiting_ || watched_ == 0) return;
  waiting_ = true;
  set_.async_wait(asio::posix::descriptor_base::wait_read, [this](error_code ec) {
    waiting_ = false;
    if (!ec) run();
    wait();
  });
}

void Poller::run() {
  for (int i = 0; i < most_rounds && round(); ++i) {
  }
}

// Whether so much was ready that more may be by now.
bool Poller::round() {
  int found = epoll_wait(set_.native_handle(), events_.data(), most_events, 0);
  found_ = static_cast<std::size_t>(std::max(found, 0));
  now_.swap(again_);
  if (found_ == 0 && now_.empty()) return false;
  turn_.open();
  for (std::size_t i = 0; i < found_; ++i) {
    tell(static_cast<Watcher*>(events_[i].data.ptr), events_[i].events);
  }
  for (std::size_t i = 0; i < now_.size(); ++i) tell(now_[i], EPOLLIN);
  turn_.close();
  bool more = found_ >= busy || !again_.empty();
  found_ = 0;
  now_.clear();
  return more;
}

void Poller::tell(Watcher* watcher, std::uint32_t events) {
  if (watcher != nullptr) watcher->ready(events);
}

}  // namespace byok::net
