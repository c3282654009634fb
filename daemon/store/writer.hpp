// The one thread that writes. It takes what has queued up, runs each step inside one transaction,
// commits durably, and only then answers each: many writers share one fsync.
#pragma once

#include <functional>
#include <memory>

#include "common/error.hpp"
#include "daemon/metrics/histogram.hpp"
#include "daemon/store/store.hpp"

namespace byok::store {

// What has to be on the disk before a transaction is. Called on the writer's thread.
class Journal {
 public:
  virtual ~Journal() = default;
  // A transaction begins, perhaps anew: what its steps told of before does not count.
  virtual void begin() = 0;
  // Its steps have run, and it changes something. An error is every step's, and nothing is kept.
  virtual Result<void> before_commit(WriteTxn& txn) = 0;
  // It is durable, or was given up after before_commit().
  virtual void after_commit(bool durable) noexcept = 0;
};

class Writer {
 public:
  // Checks all that can fail before its first change. An error returned before any change answers
  // that step alone; an exception, or an error after a change, aborts the batch, which then runs
  // again without that step. So a step may run more than once and must give the same result each
  // time. Where map, disk or journal have no room for the whole batch, each step gets a
  // transaction of its own, so that a deletion is not refused for what its neighbours needed.
  using Step = std::function<Result<void>(WriteTxn&)>;
  // Called once on the writer's thread: after the commit, or with the step's error, or with
  // Errc::store_full, the journal's or Errc::internal where the commit failed and nothing was kept.
  // Must not throw.
  using Done = std::function<void(Result<void>)>;

  // Steps that share one transaction, at most.
  static constexpr std::size_t largest_batch = 512;

  // `environment` and `journal` outlive the writer; no journal: nothing is told.
  explicit Writer(Environment& environment, Journal* journal = nullptr);
  // Finishes and answers all that was submitted.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Any thread; never blocks on the disk.
  void submit(Step step, Done done);
  // What has to run while nothing is written: on the writer's thread, between two transactions.
  // What it throws ends the process.
  using Work = std::function<Result<void>()>;
  // In its turn; `done` is called with what `work` gives, or with Errc::draining where the writer
  // ends before. Any thread.
  void submit_alone(Work work, Done done);

  struct Figures {
    std::uint64_t commits;
    std::uint64_t steps;
    std::size_t queued;
  };
  Figures figures() const;

  // What its thread counts; any thread may read it.
  struct Counts {
    metrics::Histogram batch_steps{metrics::batch_size};     // that share a transaction
    metrics::Histogram journal_seconds{metrics::disk_time};  // until the journal is on the disk
    metrics::Histogram commit_seconds{metrics::disk_time};   // until the transaction is
    metrics::Counter failed_batches;  // disk, map, journal or LMDB did not take them
  };
  const Counts& counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace byok::store
