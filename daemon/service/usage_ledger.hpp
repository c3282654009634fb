// How many calls each tenant made, of which models, and how many tokens they took. Counted in
// memory, written every few seconds and at the daemon's end: what was counted since is lost where
// the process dies.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/log.hpp"
#include "daemon/providers/usage.hpp"
#include "daemon/store/records.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"

namespace byok::service {

// A call that has ended, one way or another.
struct EndedCall {
  const TenantId& tenant;
  const ProviderId& provider;
  std::string_view model;  // as it was asked for; empty where the call names none
  store::KeySource source;
  bool accepted = false;  // the provider answered 2xx, so there is such a model
  bool failed = false;
  providers::Usage usage{};
};

class UsageLedger {
 public:
  // What stands for models that no provider has confirmed, and for those beyond the number that a
  // tenant's day has room for.
  static constexpr std::string_view other_model = "other";

  // Both outlive this.
  UsageLedger(store::Writer& writer, const daemon::Logger& log);
  // Writes the last of it. By then nobody counts any more.
  ~UsageLedger();
  UsageLedger(const UsageLedger&) = delete;
  UsageLedger& operator=(const UsageLedger&) = delete;

  // One thread's counts, so that threads do not wait for each other.
  class Notes {
   public:
    // `reader` is that thread's.
    void add(const EndedCall& call, store::Reader& reader);

   private:
    friend class UsageLedger;
    // By the tenant's id, a zero byte and the row.
    using Rows = std::unordered_map<std::string, store::UsageCounts>;

    bool is_known(const TenantId& tenant, const std::string& row, store::Reader& reader);

    std::mutex mutex_;
    Rows rows_;
  };
  // Any thread. Lives as long as the ledger.
  Notes& open_notes();

  // Submits all that was counted so far to the writer. Any thread.
  void write();

 private:
  struct State;
  using Rows = Notes::Rows;
  using Sorted = std::vector<std::pair<std::string, store::UsageCounts>>;

  static void put(store::WriteTxn& txn, const Sorted& rows);
  static void put_row(store::TenantEdit& tenant, store::UsageRow row,
                      const store::UsageCounts& counts);

  store::Writer& writer_;
  std::shared_ptr<State> state_;  // outlives this where the writer still has to answer
};

}  // namespace byok::service
