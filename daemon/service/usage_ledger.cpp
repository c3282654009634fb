#include "daemon/service/usage_ledger.hpp"

#include <algorithm>
#include <iterator>
#include <list>
#include <utility>

#include "daemon/service/usage_sums.hpp"

namespace byok::service {
namespace {

// Where very many calls come, or the disk takes no more.
constexpr std::size_t most_noted = 100'000;
constexpr std::size_t most_unwritten = 500'000;

constexpr std::size_t longest_model = 128;

// How a model is called in the ledger. Who calls chooses the name, and operators read it; what is
// written with escapes is another name for the same.
std::string_view counted_name(std::string_view model) {
  const bool plain = std::all_of(model.begin(), model.end(),
                                 [](char c) { return c > ' ' && c <= '~' && c != '%'; });
  return plain ? model.substr(0, longest_model) : UsageLedger::other_model;
}

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
  const std::size_t room = closed ? 0 : most_unwritten - std::min(most_unwritten, unwritten.size());
  const std::size_t lost = count - std::min(count, room);
  calls.erase(calls.end() - static_cast<std::ptrdiff_t>(lost), calls.end());
  append(unwritten, std::move(calls));
  log.warn(lost > 0 ? "usage.lost" : "usage.delayed",
           {{"calls", lost > 0 ? lost : count}, {"error", error.message()}});
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
  // A new text, so that what is noted holds no more than it says.
  call.row.model = std::string(counted_name(call.row.model));
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
  struct Batch {
    std::vector<EndedCall> calls;
    std::vector<EndedCall> left;  // for which there was no room
  };
  auto batch = std::make_shared<Batch>(Batch{std::move(calls), {}});
  writer_.submit(
      [batch](store::WriteTxn& txn) -> Result<void> {
        batch->left = write_usage(txn, batch->calls);
        return {};
      },
      [state = state_, batch](Result<void> written) {
        if (!written) {
          state->take_back(std::move(batch->calls), written.error());
        } else if (!batch->left.empty()) {
          state->take_back(std::move(batch->left), {Errc::store_full, "the store is full"});
        }
      });
}

}  // namespace byok::service
