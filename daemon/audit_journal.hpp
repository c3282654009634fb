// The audit log as the writer's journal: what a transaction changes is in the log, on the disk,
// before the transaction is.
#pragma once

#include <vector>

#include "daemon/audit/trail.hpp"
#include "daemon/store/writer.hpp"

namespace byok::daemon {

// Under which the database keeps the last line that goes with it.
inline constexpr std::string_view audit_head_name = "audit-head";

class AuditJournal final : public store::Journal {
 public:
  // `trail` outlives this.
  explicit AuditJournal(audit::Trail& trail) : trail_(trail) {}

  void begin() override { trail_.begin(); }
  Result<void> before_commit(store::WriteTxn& txn) override;
  void after_commit(bool durable) noexcept override { trail_.conclude(durable); }

 private:
  audit::Trail& trail_;
};

// Has the writer put into the log what has happened, and what is owed, and move the database's line
// behind it.
// `trail` outlives the writer.
void submit_facts(store::Writer& writer, audit::Trail& trail, std::vector<audit::Record> facts,
                  store::Writer::Done done);

}  // namespace byok::daemon
