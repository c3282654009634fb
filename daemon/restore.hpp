// Puts a backup in the place of the database of a byokd that is stopped.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "common/error.hpp"
#include "common/time.hpp"
#include "daemon/log.hpp"
#include "daemon/service/inspection.hpp"
#include "daemon/settings.hpp"

namespace byok::daemon {

struct Restored {
  UnixTime made_at;  // the backup
  service::Inspected records;
  std::optional<std::filesystem::path> replaced;   // where the database before lies now
  std::vector<std::filesystem::path> foreign_log;  // likewise, an audit log that was not its own
  std::uint64_t audit_from;  // the number of the audit log's first line, from which on it is proved
  bool synced;               // else a crash that comes soon may bring the database before back
};

// Proves every byte of the backup at `file`, writes it into a new folder beside `database`, opens
// each of its records, and only then moves it to `database`, in one step; what lay there is kept
// under another name, and so is an audit log that is not this database's, or not whole. The caller
// holds the state folder. Fails with a sentence for the operator, and nothing changed, where the
// backup is not whole or not of the root key that is set, the disk has no room, or the audit log
// cannot be written.
Result<Restored> restore(const Settings& settings, const std::filesystem::path& database,
                         const std::filesystem::path& file);

// What one that was cut short left beside the database.
void remove_unfinished_restore(const std::filesystem::path& database);

}  // namespace byok::daemon
