#include "daemon/store/environment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include "common/encoding.hpp"
#include "common/file_descriptor.hpp"
#include "daemon/store/compaction.hpp"
#include "daemon/store/data_file.hpp"

namespace byok::store {
namespace {

constexpr std::uint32_t schema_version = 1;
constexpr std::string_view schema_name = "schema";
// LMDB's own default is 126; the table costs 64 bytes a reader.
constexpr unsigned max_readers = 512;

Error refused(std::string message) { return {Errc::internal, std::move(message)}; }

Env make_env(std::uint64_t map_size) {
  MDB_env* raw = nullptr;
  check(mdb_env_create(&raw), "mdb_env_create");
  Env env(raw);
  constexpr std::uint64_t largest_page = 65536;
  std::uint64_t whole_pages = (map_size + largest_page - 1) / largest_page * largest_page;
  check(mdb_env_set_mapsize(raw, whole_pages), "mdb_env_set_mapsize");
  check(mdb_env_set_maxdbs(raw, table_names.size()), "mdb_env_set_maxdbs");
  check(mdb_env_set_maxreaders(raw, max_readers), "mdb_env_set_maxreaders");
  return env;
}

Txn begin(MDB_env* env, unsigned flags) {
  MDB_txn* txn = nullptr;
  check(mdb_txn_begin(env, nullptr, flags, &txn), "mdb_txn_begin", env);
  return Txn(txn);
}

// Gives the lock file its disk blocks. LMDB maps a sparse one and writes to it, which on a full
// disk kills the process (SIGBUS).
void preallocate_lock_file(const std::filesystem::path& file) {
  constexpr off_t enough = 128 + (max_readers + 2) * 64;  // LMDB's header and reader slots
  FileDescriptor fd(::open(lock_file_of(file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) check(errno, "opening the lock file");
  if (::fallocate(fd.get(), 0, 0, enough) != 0 && errno != EOPNOTSUPP) {
    check(errno, "allocating the lock file");
  }
}

std::filesystem::path unfinished_file(const std::filesystem::path& file) {
  return file.native() + ".making";
}

// Makes an empty database, whole or not at all. LMDB itself makes the file before it fills it, and
// one that a crash left empty would look like a database that was lost.
void make_data_file(const std::filesystem::path& file, std::uint64_t map_size) {
  const std::filesystem::path unfinished = unfinished_file(file);
  ::unlink(unfinished.c_str());
  try {
    check(
        mdb_env_open(make_env(map_size).get(), unfinished.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0600),
        "mdb_env_open");
    const FileDescriptor made(::open(unfinished.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!made || ::fsync(made.get()) != 0) check(errno, "fsync of the new database");
    if (std::rename(unfinished.c_str(), file.c_str()) != 0) check(errno, "naming the new database");
  } catch (const StoreError&) {
    ::unlink(unfinished.c_str());
    throw;
  }
  if (!sync_folder_of(file)) check(errno, "fsync of the database's folder");
}

void close_on_exec(MDB_env* env) {
  mdb_filehandle_t fd;
  check(mdb_env_get_fd(env, &fd), "mdb_env_get_fd");
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

constexpr std::size_t first_later = static_cast<std::size_t>(first_later_table);

// Opens the sub-databases from number `first` to the one before `end`; false where one is
// missing and not to be made.
bool open_tables(EnvironmentState& state, MDB_txn* txn, unsigned flags, std::size_t first = 0,
                 std::size_t end = table_names.size()) {
  for (std::size_t i = first; i < end; ++i) {
    // The names are literals, so a zero byte ends each.
    int code = mdb_dbi_open(txn, table_names[i].data(), flags, &state.tables[i]);
    if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE) return false;
    check(code, "mdb_dbi_open");
  }
  return true;
}

// Adds what a database of an earlier version lacks. Such a version goes on with it as before.
bool make_later_tables(EnvironmentState& state) {
  Txn txn = begin(state.env.get(), 0);
  if (!open_tables(state, txn.get(), MDB_CREATE, first_later)) return false;
  commit(std::move(txn), state.env.get());
  return true;
}

// The first transaction of a new database.
void make_schema(EnvironmentState& state, MDB_txn* txn) {
  open_tables(state, txn, MDB_CREATE);
  std::string version;
  put_u32(version, schema_version);
  MDB_val key = to_val(schema_name);
  MDB_val value = to_val(version);
  check(mdb_put(txn, state.dbi(Table::meta), &key, &value, 0), "mdb_put");
}

// The schema that the database says it has; 0 for one that is not ours.
std::uint32_t schema_of(MDB_txn* txn) {
  MDB_dbi meta;
  int code = mdb_dbi_open(txn, sub_database::meta.data(), 0, &meta);
  if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE) return 0;
  check(code, "mdb_dbi_open");
  MDB_val key = to_val(schema_name);
  MDB_val value;
  code = mdb_get(txn, meta, &key, &value);
  if (code == MDB_NOTFOUND) return 0;
  check(code, "mdb_get");
  return value.mv_size == sizeof(std::uint32_t) ? get_u32(to_view(value).data()) : 0;
}

std::optional<Error> attach(EnvironmentState& state, const std::filesystem::path& file) {
  MDB_env* env = state.env.get();
  Txn txn = begin(env, MDB_RDONLY);
  if (mdb_txn_id(txn.get()) == 0) {  // nothing was ever written to it
    txn.reset();
    Txn first = begin(env, 0);
    make_schema(state, first.get());
    commit(std::move(first), env);
    if (!sync_folder_of(file)) {
      return refused(fmt::format("cannot sync the folder of the database {}", file.native()));
    }
    return std::nullopt;
  }
  std::uint32_t schema = schema_of(txn.get());
  if (schema > schema_version) {
    return refused(
        fmt::format("the database {} has schema {}, and this byokd knows up to {}: install the "
                    "byokd that wrote it",
                    file.native(), schema, schema_version));
  }
  bool ours = schema != 0 && open_tables(state, txn.get(), 0, 0, first_later);
  if (ours && !open_tables(state, txn.get(), 0, first_later)) {
    txn.reset();
    ours = make_later_tables(state);
    txn = begin(env, MDB_RDONLY);
    ours = ours && open_tables(state, txn.get(), 0);
  }
  if (!ours) {
    return refused(fmt::format(
        "{} is an LMDB database, but not one of byokd: move it away or set another state_dir",
        file.native()));
  }
  // Committed, not aborted: that keeps the handles of the sub-databases.
  commit(std::move(txn), env);
  return std::nullopt;
}

// Removes, on failure, the files that opening made.
class NewFiles {
 public:
  explicit NewFiles(const std::filesystem::path& file) : file_(file), lock_(lock_file_of(file)) {
    std::error_code ignored;
    had_file_ = std::filesystem::exists(file_, ignored);
    had_lock_ = std::filesystem::exists(lock_, ignored);
  }
  void remove() const {
    std::error_code ignored;
    if (!had_file_) std::filesystem::remove(file_, ignored);
    if (!had_lock_) std::filesystem::remove(lock_, ignored);
  }

 private:
  std::filesystem::path file_;
  std::filesystem::path lock_;
  bool had_file_ = false;
  bool had_lock_ = false;
};

}  // namespace

std::optional<Error> EnvironmentState::open() {
  env = make_env(map_size);
  preallocate_lock_file(file);
  check(mdb_env_open(env.get(), file.c_str(), MDB_NOSUBDIR | MDB_NOTLS, 0600), "mdb_env_open",
        env.get());
  close_on_exec(env.get());
  if (auto error = attach(*this, file)) return error;
  int dead = 0;
  check(mdb_reader_check(env.get(), &dead), "mdb_reader_check");
  headroom = Headroom(env.get());
  return std::nullopt;
}

void EnvironmentState::reopen() noexcept {
  std::lock_guard lock(registering);
  std::vector<std::unique_lock<std::mutex>> stopped;
  for (Reader* reader : readers) {
    stopped.emplace_back(reader->mutex_);
    reader->let_go();
  }
  std::unique_lock alone(in_use);
  // The descriptors and the map that are given up here may be another's for a moment.
  constexpr int tries = 50;
  for (int left = tries;; --left) {
    env.reset();
    try {
      if (auto error = open()) throw StoreError(error->message(), false);
      return;
    } catch (const StoreError& failure) {
      if (left == 1) end_process(failure.what());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void end_process(std::string_view reason) noexcept {
  fmt::print(
      stderr,
      "byokd: the database cannot be used any more: {}: see to the disk, and start it again\n",
      reason);
  std::_Exit(1);
}

Environment::Environment(std::unique_ptr<EnvironmentState> state) : state_(std::move(state)) {}
Environment::~Environment() = default;

Result<std::unique_ptr<Environment>> Environment::open(const std::filesystem::path& file,
                                                       std::uint64_t map_size) {
  Result<DataFile> found = examine_data_file(file);
  if (!found) return found.error();
  NewFiles new_files(file);
  auto state = std::make_unique<EnvironmentState>();
  std::error_code ignored;
  // A link's target is what compaction has to replace.
  state->file = std::filesystem::exists(file, ignored) ? std::filesystem::canonical(file) : file;
  state->map_size = map_size;
  std::optional<Error> error;
  try {
    // A link to a file that is still to be made is left to LMDB, which follows it.
    if (*found == DataFile::absent && !std::filesystem::is_symlink(file, ignored)) {
      make_data_file(file, map_size);
    }
    error = state->open();
    if (!error) {
      remove_unfinished_copy(file);
      std::unique_ptr<Environment> opened(new Environment(std::move(state)));
      opened->read_compaction_due();
      return opened;
    }
  } catch (const StoreError& failure) {
    error = refused(fmt::format("cannot open the database {}: {}", file.native(), failure.what()));
  }
  state.reset();
  new_files.remove();
  return *error;
}

Stats Environment::stats() const {
  std::shared_lock lock(state_->in_use);
  MDB_env* env = state_->env.get();
  Txn txn = begin(env, MDB_RDONLY);
  const Extent extent = extent_of(env, txn.get());
  auto entries = [&](Table table) {
    MDB_stat stat;
    check(mdb_stat(txn.get(), state_->dbi(table), &stat), "mdb_stat");
    return std::uint64_t{stat.ms_entries};
  };
  MDB_envinfo info;
  check(mdb_env_info(env, &info), "mdb_env_info");
  return {
      .map_size = info.me_mapsize,
      .used_bytes = extent.pages * extent.page_size,
      .free_bytes = extent.free_pages * extent.page_size,
      .tenants = entries(Table::tenants),
      .keys = entries(Table::keys),
      .tokens = entries(Table::tokens),
      .links = entries(Table::links),
      .readers = info.me_numreaders,
  };
}

int Environment::check_readers() {
  std::shared_lock lock(state_->in_use);
  int dead = 0;
  check(mdb_reader_check(state_->env.get(), &dead), "mdb_reader_check");
  return dead;
}

bool Environment::compaction_due() const { return state_->compaction_due; }

void Environment::read_compaction_due() {
  Reader reader(*this);
  state_->compaction_due = reader.begin().meta(compaction_due_name).has_value();
}

}  // namespace byok::store
