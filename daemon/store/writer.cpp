#include "daemon/store/writer.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace byok::store {
namespace {

struct Job {
  Writer::Step step;
  Writer::Work alone;  // set where `step` is not
  Writer::Done done;
  Result<void> outcome{};
  bool spoils_batch = false;  // failed after a change: left out of the next run
};

Error store_full() {
  return {Errc::store_full,
          "the disk or the database's map is full: delete something, free space on the disk, or "
          "raise map_size"};
}

Error broken(const std::exception& failure) {
  return {Errc::internal, std::string("the database refused a change: ") + failure.what()};
}

// For the log. It is no full disk, so that deleting something would not mend it.
Error failing(const StoreError& failure) {
  return {Errc::internal,
          std::string("the database refused a change, and nothing of it was kept: ") +
              failure.what() + ": look at the disk and at the kernel's log"};
}

Error error_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const StoreError& error) {
    return error.full() ? store_full() : failing(error);
  } catch (const std::exception& error) {
    return broken(error);
  } catch (...) {
    return {Errc::internal, "the database refused a change"};
  }
}

// Runs one job's step. False where its transaction must not be committed any more.
bool run_step(WriteTxn& txn, Job& job) {
  std::uint64_t before = txn.changes();
  try {
    job.outcome = job.step(txn);
  } catch (...) {
    job.outcome = error_of(std::current_exception());
    return false;
  }
  return job.outcome.has_value() || txn.changes() == before;
}

void fail_all(std::span<Job> jobs, const Error& error) {
  for (Job& job : jobs) {
    if (!job.spoils_batch) job.outcome = error;
  }
}

class NoJournal : public Journal {
 public:
  void begin() override {}
  Result<void> before_commit(WriteTxn&) override { return {}; }
  void after_commit(bool) noexcept override {}
} no_journal;

enum class Run { committed, unchanged, spoilt, no_room };

using Clock = std::chrono::steady_clock;

// One transaction over all jobs that have not spoilt one. With `no_room`, or where nothing could be
// committed, each job has its error.
Run run_together(Environment& environment, Journal& journal, std::span<Job> jobs,
                 Writer::Counts& counts) {
  bool told = false;
  try {
    journal.begin();
    WriteTxn txn(environment);
    for (Job& job : jobs) {
      if (job.spoils_batch || run_step(txn, job)) continue;
      job.spoils_batch = true;
      return job.outcome.error().code == Errc::store_full ? Run::no_room : Run::spoilt;
    }
    if (txn.changes() == 0) return Run::unchanged;
    const auto begun = Clock::now();
    if (auto ready = journal.before_commit(txn); !ready) {
      counts.failed_batches.add();
      fail_all(jobs, ready.error());
      return Run::no_room;
    }
    told = true;
    const auto journalled = Clock::now();
    txn.commit();
    told = false;
    counts.journal_seconds.observe(journalled - begun);
    counts.commit_seconds.observe(Clock::now() - journalled);
    counts.batch_steps.observe(jobs.size());
    journal.after_commit(true);
    return Run::committed;
  } catch (...) {
    Error error = error_of(std::current_exception());
    counts.failed_batches.add();
    if (told) journal.after_commit(false);
    fail_all(jobs, error);
    return error.code == Errc::store_full ? Run::no_room : Run::unchanged;
  }
}

}  // namespace

struct Writer::State {
  State(Environment& target, Journal& told) : environment(target), journal(told) {}

  void add(Job job);
  void work();
  std::vector<Job> take_batch();
  std::uint64_t write(std::span<Job> jobs);

  Environment& environment;
  Journal& journal;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> queue;
  bool stopping = false;
  std::uint64_t commits = 0;
  std::uint64_t steps = 0;
  Writer::Counts counts;
  std::thread thread;  // last: it uses all of the above
};

// Gives every job its outcome; returns the number of commits.
std::uint64_t Writer::State::write(std::span<Job> jobs) {
  Run run;
  do {
    run = run_together(environment, journal, jobs, counts);
  } while (run == Run::spoilt);
  if (run != Run::no_room) return run == Run::committed ? 1 : 0;
  if (jobs.size() == 1) return 0;
  // Each by itself, so that a deletion is not refused for what its neighbours needed.
  std::uint64_t count = 0;
  for (Job& job : jobs) {
    job.spoils_batch = false;
    count += write({&job, 1});
  }
  return count;
}

// What is done together: as many steps as share a transaction, or what is done alone.
std::vector<Job> Writer::State::take_batch() {
  const auto most = static_cast<std::ptrdiff_t>(std::min(queue.size(), Writer::largest_batch));
  auto end = std::find_if(queue.begin(), queue.begin() + most,
                          [](const Job& job) { return static_cast<bool>(job.alone); });
  if (end == queue.begin()) ++end;
  std::vector<Job> batch(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
  queue.erase(queue.begin(), end);
  return batch;
}

void Writer::State::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return;
    std::vector<Job> batch = take_batch();
    const bool ending = stopping;
    lock.unlock();

    std::uint64_t made = 0;
    if (Job& first = batch.front(); first.alone) {
      if (ending) {
        first.outcome = Error{Errc::draining, "byokd is stopping: try again after it"};
      } else {
        first.outcome = first.alone();
      }
    } else {
      made = write(batch);
    }
    lock.lock();
    commits += made;
    steps += batch.size();
    lock.unlock();
    for (Job& job : batch) job.done(std::move(job.outcome));
    // Steps may hold secrets: gone before the next wait.
    batch.clear();
    lock.lock();
  }
}

Writer::Writer(Environment& environment, Journal* journal)
    : state_(std::make_unique<State>(environment, journal ? *journal : no_journal)) {
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

void Writer::State::add(Job job) {
  {
    std::lock_guard lock(mutex);
    queue.push_back(std::move(job));
  }
  changed.notify_one();
}

void Writer::submit(Step step, Done done) {
  state_->add({.step = std::move(step), .alone = {}, .done = std::move(done)});
}

void Writer::submit_alone(Work work, Done done) {
  state_->add({.step = {}, .alone = std::move(work), .done = std::move(done)});
}

Writer::Figures Writer::figures() const {
  std::lock_guard lock(state_->mutex);
  return {state_->commits, state_->steps, state_->queue.size()};
}

const Writer::Counts& Writer::counts() const { return state_->counts; }

}  // namespace byok::store
