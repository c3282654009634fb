#include "daemon/offline.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <optional>

#include "daemon/credential.hpp"
#include "daemon/http/audit_routes.hpp"
#include "daemon/http/doctor_route.hpp"
#include "daemon/http/times.hpp"
#include "daemon/open_store.hpp"
#include "daemon/process.hpp"
#include "daemon/restore.hpp"
#include "daemon/root_key.hpp"
#include "daemon/say.hpp"
#include "daemon/user.hpp"

namespace byok::daemon {
namespace {

namespace json = boost::json;

int answer(const json::object& value, bool good) {
  fmt::print("{}\n", json::serialize(value));
  return good ? 0 : 1;
}

// A key that is there stays as it is; and a database needs the one that it was made with, or all of
// its keys would be lost for good.
Result<void> check_none_is_there(const Settings& settings) {
  const std::filesystem::path database = settings.state_dir / "data.mdb";
  std::error_code unknown;
  if (std::filesystem::exists(std::filesystem::symlink_status(settings.root_key_file, unknown))) {
    return Error{Errc::bad_request,
                 fmt::format("the root key file {} is there already: it stays as it is",
                             settings.root_key_file.string())};
  }
  if (!std::filesystem::exists(database, unknown)) return {};
  return Error{Errc::bad_request,
               fmt::format("there is a database {}, which needs the root key that it was made "
                           "with: put that key's file back as {}",
                           database.string(), settings.root_key_file.string())};
}

int generate_root_key(const Settings& settings) {
  auto owner = uid_of(settings);
  if (!owner) return complain(owner.error());
  if (auto missing = check_none_is_there(settings); !missing) return complain(missing.error());
  auto made = make_root_key(settings.root_key_file, *owner);
  if (!made) return complain(made.error());
  json::object value;
  value["id"] = fmt::format("{:016x}", made->id());
  value["source"] = source_of(settings.root_key_file);
  return answer(value, true);
}

int restore_backup(const Settings& settings, const std::filesystem::path& database,
                   const std::filesystem::path& file) {
  auto restored = restore(settings, database, file);
  if (!restored) return complain(restored.error());
  json::object value;
  value["restored"] = true;
  value["madeAt"] = http::time_value(restored->made_at);
  value["tenants"] = restored->records.tenants;
  value["keys"] = restored->records.keys;
  value["tokens"] = restored->records.tokens;
  value["links"] = restored->records.links;
  value["problemCount"] = restored->records.problem_count;
  value["replaced"] =
      restored->replaced ? json::value(restored->replaced->string()) : json::value();
  json::array logs;
  for (const auto& log : restored->foreign_log) logs.emplace_back(log.string());
  value["foreignLog"] = std::move(logs);
  value["auditFrom"] = restored->audit_from;
  if (!restored->synced) {
    say("the folder could not be synced: look after the disk");
  }
  return answer(value, true);
}

// Whose files these are: as another, and be it root, byokd would make some that it cannot open.
Result<void> check_owner(const std::filesystem::path& state_dir) {
  struct stat found;
  if (::stat(state_dir.c_str(), &found) != 0 || found.st_uid == ::geteuid()) return {};
  return Error{Errc::bad_request,
               fmt::format("the state folder {} belongs to uid {}: run this as that user",
                           state_dir.string(), found.st_uid)};
}

int examine(const Settings& settings, const std::filesystem::path& database) {
  auto store = open_existing(settings, database);
  if (!store) return complain(store.error());
  store::Reader reader(*store->environment);
  service::Inspection inspection(*store->vault, reader);
  while (inspection.step()) {
  }
  const service::Diagnosis diagnosis =
      service::diagnose({settings, database, *store->environment}, inspection.result());
  return answer(http::diagnosis_value(diagnosis), diagnosis.good());
}

int verify_audit(const Settings& settings, const std::filesystem::path& database,
                 std::uint64_t from) {
  auto store = open_existing(settings, database);
  if (!store) return complain(store.error());
  const audit::Chain chain(store->vault->audit_key().reveal());
  audit::Verification verification(chain, audit::take_snapshot(settings.audit_file),
                                   store->audit_head, from);
  while (verification.step()) {
  }
  const audit::Verdict verdict = std::move(verification).verdict();
  return answer(http::verdict_value(verdict), verdict.problems.empty());
}

}  // namespace

int complain(const Error& error) {
  for (std::string_view rest = error.message(); !rest.empty();) {
    std::size_t end = rest.find('\n');
    say(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return 1;
}

bool only_looks(Task task) { return task == Task::doctor || task == Task::verify_audit; }

int work_offline(const Arguments& arguments, const Settings& settings) {
  if (arguments.task == Task::generate_root_key) return generate_root_key(settings);
  if (auto own = check_owner(settings.state_dir); !own) return complain(own.error());
  auto folder = only_looks(arguments.task) ? StateFolder::lock_existing(settings.state_dir)
                                           : StateFolder::lock(settings.state_dir);
  if (!folder) return complain(folder.error());
  const std::filesystem::path database = folder->path() / "data.mdb";
  switch (arguments.task) {
    case Task::restore:
      return restore_backup(settings, database, arguments.backup);
    case Task::doctor:
      return examine(settings, database);
    case Task::verify_audit:
      return verify_audit(settings, database, arguments.audit_from);
    case Task::serve:
    case Task::check_config:
    case Task::generate_root_key:
      break;
  }
  return 0;
}

}  // namespace byok::daemon
