#include "daemon/service/status.hpp"

#include <fmt/format.h>

#include "common/encoding.hpp"
#include "daemon/credential.hpp"

namespace byok::service {

RootKeyInfo read_root_key(const Worker& worker) {
  const vault::Vault& vault = worker.shared.vault;
  return {fmt::format("{:016x}", vault.root_key_id()),
          daemon::source_of(worker.config->settings.root_key_file),
          to_hex(crypto::view(vault.root_key_check()))};
}

Status read_status(const Worker& worker) {
  const Shared& shared = worker.shared;
  const daemon::Settings& settings = worker.config->settings;
  const std::optional<Error> trouble = shared.trail.trouble();
  return {now() - shared.started_at,
          shared.environment.stats(),
          shared.compactor.figures(),
          shared.database_path.string(),
          settings.workers,
          shared.listeners,
          fmt::format("{:016x}", shared.vault.root_key_id()),
          settings.audit_file.string(),
          shared.trail.head().seq,
          trouble ? std::optional(trouble->message()) : std::nullopt};
}

}  // namespace byok::service
