#include "daemon/service/status.hpp"

#include <fmt/format.h>

namespace byok::service {

Status read_status(const Worker& worker) {
  const Shared& shared = worker.shared;
  const std::optional<Error> trouble = shared.trail.trouble();
  return {now() - shared.started_at,
          shared.environment.stats(),
          shared.compactor.figures(),
          shared.database_path.string(),
          shared.settings.workers,
          shared.listeners,
          fmt::format("{:016x}", shared.vault.root_key_id()),
          shared.settings.audit_file.string(),
          shared.trail.head().seq,
          trouble ? std::optional(trouble->message()) : std::nullopt};
}

}  // namespace byok::service
