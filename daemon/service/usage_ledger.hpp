// How many calls each tenant made, of which models, and how many tokens they took. Noted in memory,
// written every few seconds and at the daemon's end: what was noted since is lost where the process
// dies.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "daemon/log.hpp"
#include "daemon/providers/usage_scan.hpp"
#include "daemon/store/records.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

// A call that has ended, one way or another.
struct EndedCall {
  TenantId tenant;
  store::UsageRow row;    // its model as it was asked for; empty where the call names none
  bool accepted = false;  // the provider answered 2xx, so there is such a model
  bool failed = false;
  providers::TokenCounts tokens{};
};

class UsageLedger {
 public:
  // What stands for models that no provider has confirmed, and for those beyond the number that a
  // tenant's day has room for.
  static constexpr std::string_view other_model = "other";

  // Both outlive this.
  UsageLedger(store::Writer& writer, const daemon::Logger& log);
  // Writes the last of it. By then nobody notes any more.
  ~UsageLedger();
  UsageLedger(const UsageLedger&) = delete;
  UsageLedger& operator=(const UsageLedger&) = delete;

  // One thread's notes, so that threads do not wait for each other.
  class Notes {
   public:
    explicit Notes(UsageLedger& ledger) : ledger_(ledger) {}
    void add(EndedCall call);

   private:
    friend class UsageLedger;
    UsageLedger& ledger_;
    std::mutex mutex_;
    // In the order of their coming: summed up only when they are written, off the hot path.
    std::vector<EndedCall> calls_;
  };
  // Any thread. Lives as long as the ledger.
  Notes& open_notes();

  // Submits all that was noted so far to the writer. Any thread.
  void write();

 private:
  struct State;
  void take(Notes& notes, std::vector<EndedCall>& into);
  void submit(std::vector<EndedCall> calls);

  store::Writer& writer_;
  std::shared_ptr<State> state_;  // outlives this where the writer still has to answer
};

}  // namespace byok::service
