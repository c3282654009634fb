#include "daemon/service/status.hpp"

#include <fmt/format.h>

namespace byok::service {

Status read_status(const Worker& worker) {
  const Shared& shared = worker.shared;
  return {now() - shared.started_at,
          shared.environment.stats(),
          shared.database_path.string(),
          shared.settings.workers,
          shared.listeners,
          fmt::format("{:016x}", shared.vault.root_key_id())};
}

}  // namespace byok::service
