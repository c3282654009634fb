#include "daemon/service/commit.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <memory>

namespace byok::service {
namespace {

namespace asio = net::asio;

// A coroutine that waits for `left` answers from the writer's thread. Keeps its event loop running.
struct Pending {
  Pending(net::Wakeup waiter, net::Executor executor, std::size_t answers)
      : wakeup(std::move(waiter)), work(asio::make_work_guard(executor)), left(answers) {}

  net::Wakeup wakeup;
  asio::executor_work_guard<net::Executor> work;
  std::atomic<std::size_t> left;
};

void answered(const std::shared_ptr<Pending>& pending) {
  if (pending->left.fetch_sub(1) > 1) return;
  asio::post(pending->work.get_executor(), [pending] {
    net::Wakeup wakeup = std::move(pending->wakeup);
    wakeup();
  });
}

}  // namespace

net::Awaitable<std::vector<Result<void>>> commit_each(Worker& worker,
                                                      std::vector<store::Writer::Step> steps) {
  std::vector<Result<void>> outcomes(steps.size());
  if (steps.empty()) co_return outcomes;
  auto submit_all = [&](auto handler) {
    auto pending = std::make_shared<Pending>(std::move(handler), worker.executor, steps.size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      worker.shared.writer.submit(std::move(steps[i]),
                                  [&outcome = outcomes[i], pending](Result<void> result) {
                                    outcome = std::move(result);
                                    answered(pending);
                                  });
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<net::Executor>, void()>(
      submit_all, net::use_awaitable);
  co_return outcomes;
}

net::Awaitable<Result<void>> commit(Worker& worker, store::Writer::Step step) {
  std::vector<store::Writer::Step> steps;
  steps.push_back(std::move(step));
  std::vector<Result<void>> outcomes = co_await commit_each(worker, std::move(steps));
  co_return std::move(outcomes.front());
}

}  // namespace byok::service
