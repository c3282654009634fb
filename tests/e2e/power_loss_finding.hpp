// What byokd finds in a folder that a power loss left: opened as it opens it at its start.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "common/crypto.hpp"
#include "daemon/open_store.hpp"
#include "daemon/restore.hpp"
#include "daemon/service/authentic.hpp"
#include "daemon/service/inspection.hpp"
#include "daemon/service/open_key.hpp"
#include "tests/e2e/power_loss_notes.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/wire/digest.hpp"
#include "tests/support/wire/stream.hpp"

namespace byok::testing {

struct Finding {
  std::string refused;  // byokd would not start, with this
  std::vector<std::string> lost;
  std::uint64_t unreadable = 0;
  std::vector<std::string> log_before;  // what is wrong with the audit log as it was left
  std::vector<std::string> log_after;   // and after the start
};

inline daemon::Settings settings_of(const std::filesystem::path& folder) {
  daemon::Settings settings{};
  settings.state_dir = folder / "state";
  settings.map_size = std::uint64_t{256} << 20;
  settings.root_key_file = folder / "config/root.key";
  settings.audit_file = folder / "state/audit.log";
  return settings;
}

inline std::vector<std::string> problems_of(const vault::Vault& vault,
                                            const std::filesystem::path& log,
                                            const audit::Head& known) {
  const Secret key = vault.audit_key();
  const audit::Chain chain(key.reveal());
  audit::Verification verification(chain, audit::take_snapshot(log), known);
  while (verification.step()) {
  }
  std::vector<std::string> problems;
  for (const auto& problem : std::move(verification).verdict().problems) {
    problems.push_back("line " + std::to_string(problem.line) + ": " + problem.text);
  }
  return problems;
}

inline KeyDigest key_of(const vault::Vault& vault, const store::ReadTxn& txn,
                        const std::string& tenant) {
  const auto view = txn.tenant(TenantId::parse(tenant).value());
  const auto record = service::load_tenant(vault, view);
  if (!record) return record.error().code == Errc::tenant_not_found ? no_key : "unreadable";
  const auto key = service::open_key(vault, view, *record, ProviderId::parse("openai").value());
  if (!key) return key.error().code == Errc::key_not_found ? no_key : "unreadable";
  return sha256_hex(key->reveal());
}

inline std::vector<std::string> lost_of(const vault::Vault& vault, const store::ReadTxn& txn,
                                        const Contents& expected) {
  std::vector<std::string> lost;
  for (const auto& [tenant, held] : expected.tenants) {
    const KeyDigest found = key_of(vault, txn, tenant);
    if (found != held.answered && std::ranges::count(held.asked, found) == 0) {
      lost.push_back("the key of " + tenant + ", in whose place is " + found);
    }
  }
  for (const std::string& hash : expected.tokens) {
    crypto::Digest digest;
    std::ranges::copy(unhex(hash), digest.begin());
    if (!service::load_token(vault, txn, digest)) lost.push_back("a token");
  }
  return lost;
}

// Has the log tell of the start, as byokd does: the database's first change after a crash.
Result<void> tell_start(const daemon::OpenStore& store) {
  store.trail->owe({audit::Record::Kind::fact,
                    "byokd.started",
                    audit::byokd(),
                    {{"keptUpTo", store.audit_head.seq}}});
  std::promise<Result<void>> told;
  daemon::submit_facts(*store.writer, *store.trail, {},
                       [&](Result<void> done) { told.set_value(std::move(done)); });
  return told.get_future().get();
}

inline Finding start_over(const std::filesystem::path& folder, const Expected& expected) {
  Finding finding;
  const daemon::Settings settings = settings_of(folder);
  const std::filesystem::path database = settings.state_dir / "data.mdb";
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const daemon::Logger log(daemon::LogLevel::error, daemon::LogFormat::text, nowhere.get());
  if (auto found = daemon::open_existing(settings, database)) {
    finding.log_before = problems_of(*found->vault, settings.audit_file, found->audit_head);
  }
  daemon::remove_unfinished_restore(database);
  auto store = daemon::open_store(settings, database, log);
  Result<void> writing = store ? daemon::start_writing(*store, settings) : store.error();
  if (!writing) {
    finding.refused = writing.error().message();
    return finding;
  }
  if (auto told = tell_start(*store); !told) finding.refused = told.error().message();
  store::Reader reader(*store->environment);
  service::Inspection inspection(*store->vault, reader);
  while (inspection.step()) {
  }
  finding.unreadable = inspection.result().problem_count;
  {
    const store::ReadTxn txn = reader.begin();
    finding.lost = lost_of(*store->vault, txn, expected.now);
    if (expected.restoring && !finding.lost.empty()) {
      finding.lost = lost_of(*store->vault, txn, expected.backup);
    }
  }
  finding.log_after = problems_of(*store->vault, settings.audit_file, store->trail->head());
  return finding;
}

}  // namespace byok::testing
