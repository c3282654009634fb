#include "daemon/service/metrics_text.hpp"

#include "common/version.hpp"
#include "daemon/metrics/text.hpp"
#include "daemon/service/metrics_workers.hpp"

namespace byok::service {
namespace {

using metrics::TextWriter;
using metrics::Type;

double to_double(std::uint64_t value) { return static_cast<double>(value); }

void write_daemon(TextWriter& out, const Worker& worker) {
  out.family("byok_build_info", Type::gauge, "The version of byokd that runs; always 1.");
  out.sample({{"version", version}}, 1);
  out.one("byok_workers", Type::gauge, "Threads that serve connections.",
          worker.config->settings.workers);
  out.one("byok_draining", Type::gauge, "1 once byokd is shutting down and takes no new calls.",
          worker.draining ? 1 : 0);
}

void write_certificate(TextWriter& out, const Metrics& metrics) {
  out.family("byok_tls_certificate_not_after_seconds", Type::gauge,
             "When the certificate expires that https:// listeners show, as a Unix time.");
  if (const auto not_after = metrics.certificate_not_after()) out.sample({}, *not_after);
}

void write_writer(TextWriter& out, const store::Writer& writer) {
  const store::Writer::Figures figures = writer.figures();
  const store::Writer::Counts& counts = writer.counts();
  out.one("byok_store_queue_length", Type::gauge, "Changes that wait for the writer.",
          figures.queued);
  out.one("byok_store_commits_total", Type::counter, "Transactions that were committed.",
          figures.commits);
  out.one("byok_store_failed_batches_total", Type::counter,
          "Transactions that disk, map, audit log or LMDB did not take.",
          counts.failed_batches.value());
  out.one("byok_store_batch_steps", Type::histogram, "Changes that shared a transaction.",
          metrics::HistogramSum(counts.batch_steps));
  out.one("byok_store_commit_seconds", Type::histogram,
          "Time until a transaction was on the disk, without its lines of the audit log.",
          metrics::HistogramSum(counts.commit_seconds));
  out.one("byok_audit_write_seconds", Type::histogram,
          "Time until a transaction's lines of the audit log were on the disk.",
          metrics::HistogramSum(counts.journal_seconds));
}

void write_disk(TextWriter& out, const std::filesystem::path& database) {
  constexpr std::string_view help = "What the file system of the database has left for byokd.";
  out.family("byok_store_disk_available_bytes", Type::gauge, help);
  std::error_code unknown;
  const auto space = std::filesystem::space(database.parent_path(), unknown);
  if (!unknown) out.sample({}, space.available);
}

std::optional<store::Stats> read_stats(const Shared& shared) {
  try {
    return shared.environment.stats();
  } catch (const store::StoreError& broken) {
    shared.log.error("store.unavailable", {{"reason", broken.what()}});
    return std::nullopt;
  }
}

void write_database(TextWriter& out, const Shared& shared) {
  const std::optional<store::Stats> stats = read_stats(shared);
  auto tell = [&](std::string_view name, std::string_view help, auto member) {
    out.family(name, Type::gauge, help);
    if (stats) out.sample({}, (*stats).*member);
  };
  out.one("byok_store_up", Type::gauge, "Whether the database answers.", stats ? 1 : 0);
  tell("byok_store_map_size_bytes", "The most that the database may grow to (map_size).",
       &store::Stats::map_size);
  tell("byok_store_used_bytes", "Pages of the database that were ever used, free ones included.",
       &store::Stats::used_bytes);
  tell("byok_store_free_bytes", "Of those, pages that may be used anew.",
       &store::Stats::free_bytes);
  tell("byok_store_readers", "Places for readers that were ever taken.", &store::Stats::readers);
  tell("byok_tenants", "Tenants.", &store::Stats::tenants);
  tell("byok_keys", "Provider keys that are stored.", &store::Stats::keys);
  tell("byok_access_tokens", "Tokens of tenants and operators.", &store::Stats::tokens);
  tell("byok_links", "Links for handing over keys, with those that are over and still kept.",
       &store::Stats::links);
  out.family("byok_store_stale_readers_total", Type::counter,
             "Readers of processes that had died, whose places were freed.");
  if (stats) out.sample({}, shared.metrics.add_stale_readers(shared.environment.check_readers()));
}

void write_compactions(TextWriter& out, const Compactor::Figures& figures) {
  out.family("byok_compactions_total", Type::counter, "Compactions of the database.");
  out.sample({{"outcome", "done"}}, figures.done);
  out.sample({{"outcome", "failed"}}, figures.failed);
  out.one("byok_compaction_due", Type::gauge,
          "1 while pages of destroyed data keys may still lie in the file.", figures.due ? 1 : 0);
  out.family("byok_compaction_last_success_timestamp_seconds", Type::gauge,
             "When this process last compacted the database.");
  if (figures.finished_at) out.sample({}, *figures.finished_at);
}

void write_audit(TextWriter& out, const audit::Trail& trail) {
  out.one("byok_audit_available", Type::gauge,
          "0 while the audit log cannot be written and every change is refused.",
          trail.trouble() ? 0 : 1);
  out.one("byok_audit_lines_total", Type::counter, "Lines of the audit log, older files included.",
          trail.head().seq);
}

void write_process(TextWriter& out, const Shared& shared) {
  const ProcessFigures& process = shared.metrics.process();
  out.one("process_cpu_seconds_total", Type::counter, "Processor time, in user and kernel.",
          process.cpu_seconds());
  const auto memory = process.memory();
  out.family("process_resident_memory_bytes", Type::gauge, "Memory in RAM.");
  if (memory) out.sample({}, memory->resident);
  out.family("process_virtual_memory_bytes", Type::gauge, "Address space, the map included.");
  if (memory) out.sample({}, memory->virtual_size);
  out.family("process_open_fds", Type::gauge, "Open file descriptors.");
  if (const auto open = process.open_files()) out.sample({}, *open);
  out.one("process_max_fds", Type::gauge, "The most file descriptors that may be open.",
          process.most_open_files());
  out.one("process_start_time_seconds", Type::gauge, "When byokd started.",
          to_double(static_cast<std::uint64_t>(shared.started_at)));
}

}  // namespace

std::string metrics_text(const Worker& worker) {
  const Shared& shared = worker.shared;
  TextWriter out;
  write_daemon(out, worker);
  write_workers(out, shared.metrics, worker.config->settings.operator_sees_tokens);
  write_certificate(out, shared.metrics);
  write_writer(out, shared.writer);
  write_database(out, shared);
  write_disk(out, shared.database_path);
  write_compactions(out, shared.compactor.figures());
  write_audit(out, shared.trail);
  write_process(out, shared);
  return std::move(out).take();
}

}  // namespace byok::service
