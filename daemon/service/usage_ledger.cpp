#include "daemon/service/usage_ledger.hpp"

#include <iterator>
#include <list>
#include <utility>

#include "daemon/service/usage_sums.hpp"

namespace byok::service {
namespace {

// Where very many calls come, or the disk takes no more.
constexpr std::size_t most_noted = 100'000;
constexpr std::size_t most_unwritten = 500'000;

void append(std::vector<EndedCall>& to, std::vector<EndedCall> calls) {
  if (to.empty()) return to.swap(calls);
  to.insert(to.end(), std::make_move_iterator(calls.begin()), std::make_move_iterator(calls.end()));
}

}  // namespace

struct UsageLedger::State {
  explicit State(const daemon::Logger& logger) : log(logger) {}

  // What could not be written is tried again with what comes next.
  void take_back(std::vector<EndedCall> calls, const Error& error);

  const daemon::Logger& log;
  std::mutex mutex;
  std::list<Notes> notes;
  std::vector<EndedCall> unwritten;
  bool closed = false;
};

void UsageLedger::State::take_back(std::vector<EndedCall> calls, const Error& error) {
  std::lock_guard lock(mutex);
  const std::size_t count = calls.size();
  const bool lost = closed || unwritten.size() + count > most_unwritten;
  if (!lost) append(unwritten, std::move(calls));
  log.warn(lost ? "usage.lost" : "usage.delayed", {{"calls", count}, {"error", error.message()}});
}

UsageLedger::UsageLedger(store::Writer& writer, const daemon::Logger& log)
    : writer_(writer), state_(std::make_shared<State>(log)) {}

UsageLedger::~UsageLedger() {
  {
    std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  write();
}

UsageLedger::Notes& UsageLedger::open_notes() {
  std::lock_guard lock(state_->mutex);
  return state_->notes.emplace_back(*this);
}

void UsageLedger::Notes::add(EndedCall call) {
  std::vector<EndedCall> many;
  {
    std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    if (calls_.size() < most_noted) return;
    many.swap(calls_);
  }
  ledger_.submit(std::move(many));
}

void UsageLedger::take(Notes& notes, std::vector<EndedCall>& into) {
  std::vector<EndedCall> calls;
  {
    std::lock_guard lock(notes.mutex_);
    // About as many will come again.
    calls.reserve(notes.calls_.size());
    calls.swap(notes.calls_);
  }
  append(into, std::move(calls));
}

void UsageLedger::write() {
  std::vector<EndedCall> all;
  {
    std::lock_guard lock(state_->mutex);
    all.swap(state_->unwritten);
    for (Notes& notes : state_->notes) take(notes, all);
  }
  if (!all.empty()) submit(std::move(all));
}

void UsageLedger::submit(std::vector<EndedCall> calls) {
  auto batch = std::make_shared<std::vector<EndedCall>>(std::move(calls));
  writer_.submit(
      [batch](store::WriteTxn& txn) -> Result<void> {
        write_usage(txn, *batch);
        return {};
      },
      [state = state_, batch](Result<void> written) {
        if (!written) state->take_back(std::move(*batch), written.error());
      });
}

}  // namespace byok::service
