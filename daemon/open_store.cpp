#include "daemon/open_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "daemon/root_key.hpp"
#include "daemon/service/authentic.hpp"

namespace byok::daemon {
namespace {

constexpr std::string_view database_id_name = "database-id";
constexpr std::string_view primary_name = "root-key";

// Under which the check value of a root key stands.
std::string check_name(std::uint64_t root_key_id) {
  return fmt::format("root-key-check:{:016x}", root_key_id);
}

Result<void> commit_now(store::Writer& writer, store::Writer::Step step) {
  std::promise<Result<void>> answer;
  writer.submit(std::move(step), [&answer](Result<void> done) { answer.set_value(done); });
  return answer.get_future().get();
}

std::optional<vault::DatabaseId> read_database_id(const store::ReadTxn& txn) {
  auto bytes = txn.meta(database_id_name);
  vault::DatabaseId id{};
  if (!bytes || bytes->size() != id.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

// The root key at `file`, that of data which is there.
Result<vault::RootKey> take_root_key(const std::filesystem::path& file) {
  auto loaded = load_root_key(file);
  if (loaded || loaded.error().code != Errc::not_found) return loaded;
  return Error{Errc::internal,
               fmt::format("the root key {} is missing, and the database's keys open with no "
                           "other: restore that file, or set 'root_key'",
                           file.string())};
}

// That of data which is still to come: made where there is none.
Result<vault::RootKey> take_or_make_root_key(const std::filesystem::path& file, const Logger& log) {
  auto loaded = load_root_key(file);
  if (loaded || loaded.error().code != Errc::not_found) return loaded;
  auto made = make_root_key(file);
  if (made) log.info("root_key.made", {{"path", file.string()}});
  return made;
}

Result<void> check_root_key(const store::ReadTxn& txn, const vault::RootKey& root_key,
                            const vault::DatabaseId& database) {
  auto stored = txn.meta(check_name(root_key.id()));
  if (stored && crypto::equal(*stored, crypto::view(root_key.check_value(database)))) return {};
  return Error{Errc::internal,
               "the root key is not the one that this database was made with: set 'root_key' to "
               "the right one"};
}

// What a new database begins with, in one transaction: a crash leaves it all or nothing, but for
// the id. That is kept before, since the audit log's key is made of it: with another one at the
// next start, the line that was written before the crash would be a stranger's.
Result<void> initialize(const OpenStore& open) {
  const vault::DatabaseId& database = open.vault->database();
  Result<void> named = commit_now(*open.writer, [&](store::WriteTxn& txn) -> Result<void> {
    txn.put_meta(database_id_name, {database.data(), database.size()});
    return {};
  });
  if (!named) return named;
  const vault::Vault& vault = *open.vault;
  const std::string root_key = fmt::format("{:016x}", vault.root_key_id());
  return commit_now(*open.writer, [&](store::WriteTxn& txn) -> Result<void> {
    txn.put_meta(primary_name, root_key);
    txn.put_meta(check_name(vault.root_key_id()), crypto::view(vault.root_key_check()));
    store::TenantEdit edit = txn.edit(*TenantId::parse(default_tenant));
    store::TenantRecord record;
    record.created_at = now();
    service::save_tenant(vault, edit, record);
    open.trail->intend({audit::Record::Kind::change,
                        "database.made",
                        audit::byokd(),
                        {{"rootKey", root_key}, {"tenant", default_tenant}}});
    return {};
  });
}

}  // namespace

audit::Head read_audit_head(const store::ReadTxn& txn) {
  auto bytes = txn.meta(audit_head_name);
  return bytes ? audit::decode_head(*bytes).value_or(audit::Head{}) : audit::Head{};
}

Result<ExistingStore> open_existing(const Settings& settings, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    return Error{Errc::not_found,
                 fmt::format("there is no database {}: see 'state_dir'", file.string())};
  }
  ExistingStore open;
  auto environment = store::Environment::open(file, settings.map_size);
  if (!environment) return environment.error();
  open.environment = std::move(*environment);
  auto root_key = take_root_key(settings.root_key_file);
  if (!root_key) return root_key.error();
  store::Reader reader(*open.environment);
  const store::ReadTxn txn = reader.begin();
  const auto database = read_database_id(txn);
  if (!database) {
    return Error{Errc::internal, fmt::format("{} holds nothing of byokd's yet", file.string())};
  }
  if (auto fits = check_root_key(txn, *root_key, *database); !fits) return fits.error();
  open.vault = make_locked<vault::Vault>(std::move(*root_key), *database);
  open.audit_head = read_audit_head(txn);
  return open;
}

Result<OpenStore> open_store(const Settings& settings, const std::filesystem::path& file,
                             const Logger& log) {
  if (store::on_remote_filesystem(file.parent_path())) {
    log.warn("store.remote", {{"path", file.string()},
                              {"reason", "LMDB needs a local disk: its locks and map may fail"}});
  }
  OpenStore open;
  std::optional<vault::DatabaseId> database;
  open.fresh = true;
  bool existed = std::filesystem::exists(file);
  auto open_environment = [&]() -> Result<void> {
    auto environment = store::Environment::open(file, settings.map_size);
    if (!environment) return environment.error();
    open.environment = std::move(*environment);
    store::Reader reader(*open.environment);
    const store::ReadTxn txn = reader.begin();
    database = read_database_id(txn);
    open.fresh = !database || !txn.meta(primary_name);
    return {};
  };

  if (existed) {
    if (Result<void> opened = open_environment(); !opened) return opened.error();
  }
  auto root_key = open.fresh ? take_or_make_root_key(settings.root_key_file, log)
                             : take_root_key(settings.root_key_file);
  if (!root_key) return root_key.error();
  if (!existed) {
    if (Result<void> opened = open_environment(); !opened) return opened.error();
  }

  if (!database) database = vault::make_database_id();
  if (!open.fresh) {
    store::Reader reader(*open.environment);
    auto fits = check_root_key(reader.begin(), *root_key, *database);
    if (!fits) return fits.error();
  }
  open.vault = make_locked<vault::Vault>(std::move(*root_key), *database);
  open.audit_head = read_audit_head(store::Reader(*open.environment).begin());
  return open;
}

Result<void> start_writing(OpenStore& open, const Settings& settings) {
  open.trail = std::make_unique<audit::Trail>(settings.audit_file, open.vault->audit_key().reveal(),
                                              open.audit_head);
  open.journal = std::make_unique<AuditJournal>(*open.trail);
  open.writer = std::make_unique<store::Writer>(*open.environment, open.journal.get());
  if (open.fresh) return initialize(open);
  return {};
}

}  // namespace byok::daemon
