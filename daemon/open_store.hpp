// The database and the root key that opens it, brought together at start.
#pragma once

#include <memory>

#include "common/error.hpp"
#include "common/locked_memory.hpp"
#include "daemon/audit_journal.hpp"
#include "daemon/log.hpp"
#include "daemon/settings.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::daemon {

// Each outlives those behind it.
struct OpenStore {
  std::unique_ptr<store::Environment> environment;
  LockedPtr<vault::Vault> vault;
  audit::Head audit_head;  // as the database had it
  bool fresh = false;      // there was no database, or one that nothing was put into
  // From start_writing() on.
  std::unique_ptr<audit::Trail> trail;
  std::unique_ptr<AuditJournal> journal;
  std::unique_ptr<store::Writer> writer;
};

// The audit log's line that the newest change stands in.
audit::Head read_audit_head(const store::ReadTxn& txn);

// What is there already, to be looked at.
struct ExistingStore {
  std::unique_ptr<store::Environment> environment;
  LockedPtr<vault::Vault> vault;
  audit::Head audit_head;
};
// Makes nothing. Errc::not_found where there is no database; otherwise as open_store().
Result<ExistingStore> open_existing(const Settings& settings, const std::filesystem::path& file);

// Opens the database at `file`, or makes it together with a root key where neither exists; starts
// no thread. Fails with a sentence for the operator, having changed nothing, where the root key is
// missing over existing data, is not the database's, or cannot be read, and where the database is
// not ours.
Result<OpenStore> open_store(const Settings& settings, const std::filesystem::path& file,
                             const Logger& log);

// Opens the audit log that belongs to it, starts the thread that writes, and makes the tenant
// `default` in a fresh database. Fails where that cannot be written.
Result<void> start_writing(OpenStore& open, const Settings& settings);

}  // namespace byok::daemon
