#include "daemon/service/commit.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <memory>

#include "daemon/net/waiting.hpp"

namespace byok::service {
namespace {

namespace asio = net::asio;

// `left` answers that are to come from the writer's thread. Keeps the event loop of whoever waits
// for them running.
struct Pending {
  Pending(net::Executor executor, std::size_t answers)
      : work(asio::make_work_guard(executor)), left(answers) {}

  net::Signal all_here;
  asio::executor_work_guard<net::Executor> work;
  std::atomic<std::size_t> left;
};

void answered(const std::shared_ptr<Pending>& pending) {
  if (pending->left.fetch_sub(1) > 1) return;
  asio::post(pending->work.get_executor(), [pending] { pending->all_here.wake(); });
}

}  // namespace

net::Awaitable<std::vector<Result<void>>> commit_each(Worker& worker,
                                                      std::vector<store::Writer::Step> steps) {
  std::vector<Result<void>> outcomes(steps.size());
  if (steps.empty()) co_return outcomes;
  auto pending = std::make_shared<Pending>(worker.loop.executor, steps.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    worker.shared.writer.submit(std::move(steps[i]),
                                [&outcome = outcomes[i], pending](Result<void> result) {
                                  outcome = std::move(result);
                                  answered(pending);
                                });
  }
  co_await pending->all_here.wait();
  co_return outcomes;
}

net::Awaitable<Result<void>> commit(Worker& worker, audit::Record change,
                                    store::Writer::Step step) {
  store::Writer::Step told = [&](store::WriteTxn& txn) {
    Result<void> done = step(txn);
    if (done) worker.shared.trail.intend(change);
    return done;
  };
  co_return co_await commit_untold(worker, std::move(told));
}

net::Awaitable<Result<void>> commit_untold(Worker& worker, store::Writer::Step step) {
  std::vector<store::Writer::Step> steps;
  steps.push_back(std::move(step));
  std::vector<Result<void>> outcomes = co_await commit_each(worker, std::move(steps));
  co_return std::move(outcomes.front());
}

}  // namespace byok::service
