// Waiting on a worker's thread for what another thread does.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <memory>

#include "daemon/net/waiting.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

// So many answers that are to come. Keeps the event loop of whoever waits for them running.
class Answers : public std::enable_shared_from_this<Answers> {
 public:
  Answers(Worker& worker, std::size_t count)
      : work_(net::asio::make_work_guard(worker.loop.executor)), left_(count) {}

  // Any thread, once for each.
  void add() {
    if (left_.fetch_sub(1) > 1) return;
    net::asio::post(work_.get_executor(), [self = shared_from_this()] { self->all_here_.wake(); });
  }
  // The worker's thread, once.
  auto wait() { return all_here_.wait(); }

 private:
  net::Signal all_here_;
  net::asio::executor_work_guard<net::Executor> work_;
  std::atomic<std::size_t> left_;
};

}  // namespace byok::service
