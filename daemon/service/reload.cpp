#include "daemon/service/reload.hpp"

#include "daemon/service/answers.hpp"
#include "daemon/service/worker.hpp"

namespace byok::service {

net::Awaitable<Result<Reloaded>> reload(Worker& worker, audit::Actor by) {
  auto answers = std::make_shared<Answers>(worker, 1);
  Result<Reloaded> outcome = Reloaded{};
  worker.shared.reloader.reload(std::move(by), [&outcome, answers](Result<Reloaded> done) {
    outcome = std::move(done);
    answers->add();
  });
  co_await answers->wait();
  co_return outcome;
}

}  // namespace byok::service
