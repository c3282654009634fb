#include "daemon/service/compactor.hpp"

#include <algorithm>
#include <mutex>

#include "daemon/service/answers.hpp"

namespace byok::service {

using Clock = std::chrono::steady_clock;

struct Compactor::State {
  State(const daemon::Logger& logger, std::chrono::milliseconds interval)
      : log(logger), least_interval(interval), ended(Clock::now()) {}

  void note(const Result<store::Compacted>& outcome, Clock::duration took);

  const daemon::Logger& log;
  mutable std::mutex mutex;
  std::chrono::milliseconds least_interval;
  // The latest, or the start.
  Clock::time_point ended;
  Clock::duration rest{};  // that it is to be followed by
  bool begun = false;
  std::optional<UnixTime> finished_at;
  std::optional<std::string> postponed;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
};

void Compactor::State::note(const Result<store::Compacted>& outcome, Clock::duration took) {
  constexpr int resting = 99;  // of a hundred parts of the time
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  if (outcome) {
    log.info("database.compacted", {{"bytesBefore", outcome->bytes_before},
                                    {"bytesAfter", outcome->bytes_after},
                                    {"milliseconds", ms}});
  } else {
    log.warn("database.not_compacted", {{"reason", outcome.error().message()}});
  }
  std::lock_guard lock(mutex);
  begun = false;
  ended = Clock::now();
  rest = resting * took;
  if (outcome) finished_at = now();
  ++(outcome ? done : failed);
  postponed = outcome ? std::nullopt : std::optional(outcome.error().message());
}

Compactor::Compactor(store::Environment& environment, store::Writer& writer,
                     const daemon::Logger& log, std::chrono::milliseconds least_interval)
    : environment_(environment),
      writer_(writer),
      state_(std::make_shared<State>(log, least_interval)) {}

void Compactor::set_least_interval(std::chrono::milliseconds least_interval) {
  std::lock_guard lock(state_->mutex);
  state_->least_interval = least_interval;
}

void Compactor::tick() {
  if (!environment_.compaction_due()) return;
  {
    std::lock_guard lock(state_->mutex);
    const auto pause = std::max<Clock::duration>(state_->least_interval, state_->rest);
    if (state_->begun || Clock::now() < state_->ended + pause) return;
  }
  submit([](const Result<store::Compacted>&) {});
}

void Compactor::submit(Done done) {
  {
    std::lock_guard lock(state_->mutex);
    state_->begun = true;
  }
  auto outcome = std::make_shared<Result<store::Compacted>>(store::Compacted{});
  writer_.submit_alone(
      [&environment = environment_, state = state_, outcome]() -> Result<void> {
        const auto begin = Clock::now();
        *outcome = environment.compact();
        state->note(*outcome, Clock::now() - begin);
        return {};
      },
      [outcome, done = std::move(done)](const Result<void>& ran) {
        done(ran ? std::move(*outcome) : Result<store::Compacted>(ran.error()));
      });
}

Compactor::Figures Compactor::figures() const {
  std::lock_guard lock(state_->mutex);
  return {environment_.compaction_due(), state_->finished_at, state_->postponed, state_->done,
          state_->failed};
}

net::Awaitable<Result<store::Compacted>> compact(Worker& worker) {
  auto answers = std::make_shared<Answers>(worker, 1);
  Result<store::Compacted> outcome = store::Compacted{};
  worker.shared.compactor.submit([&outcome, answers](Result<store::Compacted> done) {
    outcome = std::move(done);
    answers->add();
  });
  co_await answers->wait();
  co_return outcome;
}

}  // namespace byok::service
