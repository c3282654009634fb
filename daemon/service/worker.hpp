// What the use cases work with: what all workers share, and what each has for itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/audit/trail.hpp"
#include "daemon/log.hpp"
#include "daemon/net/loop.hpp"
#include "daemon/service/attempt_limit.hpp"
#include "daemon/service/compactor.hpp"
#include "daemon/service/configuration.hpp"
#include "daemon/service/key_notes.hpp"
#include "daemon/service/metrics.hpp"
#include "daemon/service/reload.hpp"
#include "daemon/service/request_ids.hpp"
#include "daemon/service/tenant_limits.hpp"
#include "daemon/service/tenant_memory.hpp"
#include "daemon/service/usage_ledger.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/writer.hpp"
#include "daemon/upstream/pool.hpp"
#include "daemon/vault/vault.hpp"

namespace byok::service {

// Immutable, or safe to call from any thread. Outlives every worker.
struct Shared {
  const daemon::Logger& log;
  const vault::Vault& vault;
  store::Environment& environment;
  store::Writer& writer;
  UnixTime started_at;
  std::filesystem::path database_path;
  std::vector<std::string> listeners;  // as they are announced
  TenantMemory& thinking;              // before a call, by the call's id
  TenantMemory& models;                // their ids, by provider and version of the key
  KeyVerdicts& key_verdicts;
  UsageLedger& usage;
  audit::Trail& trail;
  Compactor& compactor;
  TenantLimits& tenant_limits;
  AttemptLimit& link_guesses;  // by where they come from
  AttemptLimit& link_trials;   // of keys, by the link's id
  Reloader& reloader;
  Metrics& metrics;
};

// One thread's own: used on that thread only, without locks.
struct Worker {
  Worker(const Shared& shared_state, net::Executor on, ConfigurationPtr begun_with)
      : shared(shared_state),
        loop(on),
        config(std::move(begun_with)),
        reader(shared_state.environment),
        metrics(shared_state.metrics.open()),
        pool(loop, upstream_limits(config->settings), metrics.pools),
        key_notes(loop.deadlines, reader, shared_state.writer, shared_state.key_verdicts),
        usage(shared_state.usage.open_notes()) {
    loop.turn.on_open([this] { reader.hold(); });
    loop.turn.on_close([this] { reader.release(); });
  }

  const Shared& shared;
  net::Loop loop;
  // For calls that are to begin: one that runs goes by its exchange's. See adopt().
  ConfigurationPtr config;
  store::Reader reader;
  WorkerMetrics& metrics;
  upstream::Pool pool;
  KeyNotes key_notes;
  UsageLedger::Notes& usage;
  RequestIds request_ids;
  bool draining = false;  // calls under way are finished, new ones refused

  // Has the calls that begin from here on go by `next`.
  void adopt(ConfigurationPtr next) {
    config = std::move(next);
    pool.adopt(upstream_limits(config->settings), config->catalog.connection_names());
  }
};

}  // namespace byok::service
