#include "daemon/service/key_verdicts.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace byok::service {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_writes{1'000};
// What is more is noted at a later use.
constexpr std::size_t most_keys = 512;

struct News {
  KeyUse use;
  bool changed = true;  // since it was last given to the writer
  int being_written = 0;
};

bool is_same_key(const KeyUse& one, const KeyUse& other) {
  return one.tenant == other.tenant && one.provider == other.provider &&
         one.version == other.version;
}

bool is_written(const KeyUse& use, store::KeyStatus status, store::Reader& reader) {
  const store::ReadTxn txn = reader.begin();
  return state_of(txn.tenant(use.tenant).key_state(use.provider)).status == status;
}

}  // namespace

struct KeyVerdicts::State {
  explicit State(store::Writer& to) : writer(to) {}

  std::vector<News>::iterator find(const KeyUse& use) {
    return std::find_if(news.begin(), news.end(),
                        [&](const News& each) { return is_same_key(each.use, use); });
  }
  std::optional<std::chrono::milliseconds> ask_to_write();
  std::vector<KeyUse> take();
  void settle(const std::vector<KeyUse>& written);

  store::Writer& writer;
  // What is none is seen without the lock, which calls by the thousand would wait for.
  std::atomic<bool> any = false;
  std::mutex mutex;
  std::vector<News> news;
  bool asked = false;  // somebody to write
  Clock::time_point written_at;
};

std::optional<std::chrono::milliseconds> KeyVerdicts::State::ask_to_write() {
  if (std::exchange(asked, true)) return std::nullopt;
  const auto wait = written_at + between_writes - Clock::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(wait), std::chrono::milliseconds(0));
}

std::vector<KeyUse> KeyVerdicts::State::take() {
  const std::lock_guard lock(mutex);
  asked = false;
  std::vector<KeyUse> taken;
  for (News& each : news) {
    if (!std::exchange(each.changed, false)) continue;
    ++each.being_written;
    taken.push_back(each.use);
  }
  if (!taken.empty()) written_at = Clock::now();
  return taken;
}

// What has changed meanwhile stays, and whoever changed it was asked to write it.
void KeyVerdicts::State::settle(const std::vector<KeyUse>& written) {
  const std::lock_guard lock(mutex);
  for (const KeyUse& use : written) --find(use)->being_written;
  std::erase_if(news, [](const News& each) { return !each.changed && each.being_written == 0; });
  any = !news.empty();
}

KeyVerdicts::KeyVerdicts(store::Writer& writer) : state_(std::make_shared<State>(writer)) {}

std::optional<std::chrono::milliseconds> KeyVerdicts::note(const KeyUse& use,
                                                           store::Reader& reader) {
  const std::optional<store::KeyStatus> status = status_of(use.verdict);
  if (!status) return std::nullopt;
  // In this order: what is no news any more has been written.
  if (!state_->any && is_written(use, *status, reader)) return std::nullopt;
  const std::lock_guard lock(state_->mutex);
  const auto known = state_->find(use);
  if (known != state_->news.end()) {
    if (known->use.verdict == use.verdict) return std::nullopt;
    known->use.verdict = use.verdict;
    known->changed = true;
    return state_->ask_to_write();
  }
  if (state_->news.size() == most_keys || is_written(use, *status, reader)) return std::nullopt;
  state_->news.push_back({use});
  state_->any = true;
  return state_->ask_to_write();
}

void KeyVerdicts::write() {
  auto taken = std::make_shared<const std::vector<KeyUse>>(state_->take());
  if (taken->empty()) return;
  const UnixTime used_at = now();
  state_->writer.submit(
      [taken, used_at](store::WriteTxn& txn) -> Result<void> {
        for (const KeyUse& use : *taken) write_use(txn, use, used_at);
        return {};
      },
      [taken, state = state_](const Result<void>&) { state->settle(*taken); });
}

}  // namespace byok::service
