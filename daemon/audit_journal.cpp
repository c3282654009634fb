#include "daemon/audit_journal.hpp"

namespace byok::daemon {

Result<void> AuditJournal::before_commit(store::WriteTxn& txn) {
  Result<std::optional<audit::Head>> head = trail_.write_intentions();
  if (!head) return head.error();
  if (!*head) return {};
  try {
    txn.put_meta(audit_head_name, audit::encode(**head));
  } catch (...) {
    trail_.conclude(false);
    throw;
  }
  return {};
}

void submit_facts(store::Writer& writer, audit::Trail& trail, std::vector<audit::Record> facts,
                  store::Writer::Done done) {
  writer.submit(
      [&trail, facts = std::move(facts)](store::WriteTxn& txn) -> Result<void> {
        for (const audit::Record& fact : facts) trail.intend(fact);
        // A change, for which alone the journal is asked: as it stands already. The journal puts
        // the line that is on the disk.
        const std::string head(txn.meta(audit_head_name).value_or(audit::encode(audit::Head())));
        txn.put_meta(audit_head_name, head);
        return {};
      },
      std::move(done));
}

}  // namespace byok::daemon
