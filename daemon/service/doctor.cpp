#include "daemon/service/doctor.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/human.hpp"
#include "daemon/credential.hpp"
#include "daemon/service/pause.hpp"

namespace byok::service {
namespace {

constexpr std::uint64_t little_space = std::uint64_t{64} << 20;

Check check_records(const Inspected& records) {
  const std::string all =
      fmt::format("{}, {}, {}, {} and {}", counted(records.tenants, "tenant"),
                  counted(records.keys, "key"), counted(records.deks, "data key"),
                  counted(records.tokens, "token"), counted(records.links, "link"));
  if (records.problem_count == 0) return {"records", Health::good, all + " open"};
  return {"records", Health::bad,
          fmt::format("{} of {} are not as they were written: restore a backup, or have the keys "
                      "stored again",
                      records.problem_count, all)};
}

// `forbidden`: what nobody else may do with it.
Check check_mode(std::string_view name, const std::filesystem::path& path, mode_t forbidden) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) {
    return {name, Health::bad,
            fmt::format("{} cannot be looked at: {}", path.string(), std::strerror(errno))};
  }
  const auto mode = static_cast<unsigned>(found.st_mode & 07777);
  if ((mode & forbidden) != 0) {
    return {name, Health::bad,
            fmt::format("{} has mode {:04o}: chmod {:o} it", path.string(), mode,
                        mode & ~static_cast<unsigned>(forbidden))};
  }
  if (found.st_uid != ::geteuid() && found.st_uid != 0) {
    return {
        name, Health::bad,
        fmt::format("{} belongs to uid {}: chown it to byokd's own", path.string(), found.st_uid)};
  }
  return {name, Health::good, fmt::format("{} has mode {:04o}", path.string(), mode)};
}

Check check_disk(const Patient& patient, const store::Stats& stats) {
  struct statvfs disk;
  if (::statvfs(patient.database.parent_path().c_str(), &disk) != 0) {
    return {"disk", Health::bad, fmt::format("cannot be looked at: {}", std::strerror(errno))};
  }
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t copy = stats.used_bytes - stats.free_bytes;
  const std::string found = human_bytes(free) + " free";
  if (free < little_space) return {"disk", Health::bad, found + ": free some"};
  if (free < copy + little_space) {
    return {"disk", Health::warning,
            fmt::format("{}, and a backup or compaction needs {}: free some", found,
                        human_bytes(copy + little_space))};
  }
  return {"disk", Health::good, found};
}

Check check_map(const store::Stats& stats) {
  const std::string found =
      fmt::format("{} of {} are used", human_bytes(stats.used_bytes), human_bytes(stats.map_size));
  if (stats.used_bytes / 9 > stats.map_size / 10) {
    return {"map", Health::warning, found + ": raise 'map_size'"};
  }
  return {"map", Health::good, found};
}

Check check_readers(const Patient& patient) {
  const int dead = patient.environment.check_readers();
  if (dead == 0) return {"readers", Health::good, "none is left of a process that died"};
  return {"readers", Health::warning, fmt::format("{} of processes that died were freed", dead)};
}

Check check_compaction(const Patient& patient) {
  if (!patient.environment.compaction_due()) {
    return {"compaction", Health::good, "nothing that was destroyed is left in the file"};
  }
  return {"compaction", Health::warning,
          "destroyed data keys may lie in free pages: it follows by itself, or run `byok compact`"};
}

Check check_place(const Patient& patient) {
  if (!store::on_remote_filesystem(patient.database)) {
    return {"place", Health::good, patient.database.string()};
  }
  return {"place", Health::bad,
          patient.database.string() + " is on another machine's disk: move it to a local one"};
}

}  // namespace

bool Diagnosis::good() const {
  return std::ranges::none_of(checks,
                              [](const Check& check) { return check.health == Health::bad; });
}

Diagnosis diagnose(const Patient& patient, Inspected records) {
  constexpr mode_t others = 0077;
  // A credential's mode shows whom the service manager gave it by an access list.
  const mode_t key_others = daemon::credential_at(patient.settings.root_key_file) ? 0037 : others;
  const store::Stats stats = patient.environment.stats();
  Diagnosis diagnosis;
  diagnosis.checks = {
      check_records(records),
      check_mode("root key", patient.settings.root_key_file, key_others),
      check_mode("database", patient.database, others),
      check_mode("state folder", patient.database.parent_path(), 0022),
      check_mode("audit log", patient.settings.audit_file, others),
      check_place(patient),
      check_disk(patient, stats),
      check_map(stats),
      check_readers(patient),
      check_compaction(patient),
  };
  diagnosis.records = std::move(records);
  return diagnosis;
}

net::Awaitable<Diagnosis> examine(Worker& worker) {
  const Shared& shared = worker.shared;
  const ConfigurationPtr config = worker.config;
  Inspection inspection(shared.vault, worker.reader);
  while (inspection.step()) co_await pause(worker);
  co_return diagnose({config->settings, shared.database_path, shared.environment},
                     inspection.result());
}

}  // namespace byok::service
