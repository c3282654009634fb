#include "daemon/service/commit.hpp"

#include "daemon/service/answers.hpp"

namespace byok::service {

net::Awaitable<std::vector<Result<void>>> commit_each(Worker& worker,
                                                      std::vector<store::Writer::Step> steps) {
  std::vector<Result<void>> outcomes(steps.size());
  if (steps.empty()) co_return outcomes;
  auto answers = std::make_shared<Answers>(worker, steps.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    worker.shared.writer.submit(std::move(steps[i]),
                                [&outcome = outcomes[i], answers](Result<void> result) {
                                  outcome = std::move(result);
                                  answers->add();
                                });
  }
  co_await answers->wait();
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
