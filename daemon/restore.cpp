#include "daemon/restore.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/file_descriptor.hpp"
#include "daemon/audit/trail.hpp"
#include "daemon/backup/stream.hpp"
#include "daemon/open_store.hpp"
#include "daemon/root_key.hpp"

namespace byok::daemon {
namespace {

Error failed(std::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  return {error == ENOSPC || error == EDQUOT ? Errc::store_full : Errc::internal,
          fmt::format("{} {}: {}", what, path.string(), std::strerror(error))};
}

// The folder beside the database in which a copy is put together; it goes away with all that is
// left in it.
class NewFolder {
 public:
  static Result<NewFolder> make(const std::filesystem::path& database) {
    remove_unfinished_restore(database);
    const std::filesystem::path path = folder_of(database);
    if (::mkdir(path.c_str(), 0700) != 0) return failed("cannot make the folder", path);
    return NewFolder(path);
  }
  NewFolder(NewFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  static std::filesystem::path folder_of(const std::filesystem::path& database) {
    return database.parent_path() / "restoring";
  }

 private:
  explicit NewFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// `path`.before-restore-1, or the next number that is free.
std::filesystem::path aside_name(const std::filesystem::path& path) {
  for (int number = 1;; ++number) {
    std::filesystem::path aside = fmt::format("{}.before-restore-{}", path.string(), number);
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(aside, ignored))) return aside;
  }
}

// The audit log of another database, out of the way of the one that is restored; back where it was,
// unless the restoration is done.
class ForeignLog {
 public:
  ForeignLog() = default;
  ForeignLog(const ForeignLog&) = delete;
  ForeignLog& operator=(const ForeignLog&) = delete;
  ~ForeignLog() {
    for (const auto& [from, to] : moved_) (void)std::rename(to.c_str(), from.c_str());
  }

  Result<void> put_aside(const std::filesystem::path& log) {
    for (const std::filesystem::path& part : audit::parts_of(log)) {
      std::filesystem::path aside = aside_name(part);
      if (std::rename(part.c_str(), aside.c_str()) != 0) return failed("cannot move", part);
      moved_.emplace_back(part, std::move(aside));
    }
    return {};
  }
  // Where it lies for good.
  std::vector<std::filesystem::path> keep() {
    std::vector<std::filesystem::path> places;
    for (auto& [from, to] : moved_) places.push_back(std::move(to));
    moved_.clear();
    return places;
  }

 private:
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> moved_;
};

struct SettledLog {
  audit::Head behind;   // the line that the restored database's log goes on behind
  std::uint64_t first;  // the number of the first line that is here, or will be
};

// It goes on behind its own last line, or behind what the log that is here, if it is its log and
// whole, has behind that. Any other log is put aside.
Result<SettledLog> settle_log(const std::filesystem::path& file, const audit::Chain& chain,
                              const audit::Head& of_backup, ForeignLog& foreign) {
  audit::Verification verification(chain, audit::take_snapshot(file), audit::Head(),
                                   audit::no_line);
  while (verification.step()) {
  }
  const audit::Verdict log = std::move(verification).verdict();
  const std::uint64_t next = of_backup.seq + 1;
  if (log.problems.empty()) {
    return SettledLog{log.head.seq > of_backup.seq ? log.head : of_backup,
                      log.first > 0 ? log.first : next};
  }
  if (auto aside = foreign.put_aside(file); !aside) return aside.error();
  return SettledLog{of_backup, next};
}

class Input {
 public:
  static Result<Input> open(const std::filesystem::path& file) {
    FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return failed("cannot open the backup", file);
    return Input(std::move(fd), file);
  }

  // The next bytes; empty at the end.
  Result<std::string_view> read() {
    const ssize_t count = ::read(fd_.get(), buffer_.data(), buffer_.size());
    if (count < 0) return failed("cannot read the backup", file_);
    return std::string_view(buffer_.data(), static_cast<std::size_t>(count));
  }

  // What the stream says of itself. Leaves it at its beginning.
  Result<backup::Header> peek() {
    const ssize_t count = ::pread(fd_.get(), buffer_.data(), backup::header_size, 0);
    if (count < 0) return failed("cannot read the backup", file_);
    return backup::peek_header({buffer_.data(), static_cast<std::size_t>(count)});
  }

 private:
  Input(FileDescriptor fd, std::filesystem::path file)
      : fd_(std::move(fd)), file_(std::move(file)), buffer_(1 << 20) {}
  FileDescriptor fd_;
  std::filesystem::path file_;
  std::vector<char> buffer_;
};

Result<void> write_all(const FileDescriptor& to, std::string_view bytes,
                       const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(to.get(), bytes.data(), bytes.size());
    if (count < 0) return failed("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Every byte proved, then the whole of them on the disk.
Result<void> unpack(Input& input, std::string_view key, const std::filesystem::path& into) {
  FileDescriptor out(::open(into.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return failed("cannot make", into);
  backup::Reader reader(key, [&](std::string_view bytes) { return write_all(out, bytes, into); });
  for (;;) {
    Result<std::string_view> bytes = input.read();
    if (!bytes) return bytes.error();
    if (bytes->empty()) break;
    if (auto taken = reader.take(*bytes); !taken) return taken;
  }
  if (auto whole = reader.finish(); !whole) return whole;
  if (::fsync(out.get()) != 0) return failed("cannot sync", into);
  return {};
}

// Opens each record of the copy; what does not open did not open in the original, and is told.
Result<service::Inspected> inspect(const std::filesystem::path& copy, const Settings& settings,
                                   const vault::Vault& vault, audit::Head& audit_head) {
  auto environment = store::Environment::open(copy, settings.map_size);
  if (!environment) return environment.error();
  store::Reader reader(**environment);
  audit_head = read_audit_head(reader.begin());
  service::Inspection inspection(vault, reader);
  while (inspection.step()) {
  }
  return inspection.result();
}

// Has the copy know the log's last line, so that the next start goes on behind it.
Result<void> note_head(const std::filesystem::path& copy, const Settings& settings,
                       const audit::Head& head) {
  auto environment = store::Environment::open(copy, settings.map_size);
  if (!environment) return environment.error();
  try {
    store::WriteTxn txn(**environment);
    txn.put_meta(audit_head_name, audit::encode(head));
    txn.commit();
  } catch (const store::StoreError& error) {
    return Error{error.full() ? Errc::store_full : Errc::internal,
                 fmt::format("cannot write to the copy: {}", error.what())};
  }
  return {};
}

// A second name for what lies at `database`, which the first then leaves.
Result<std::optional<std::filesystem::path>> keep_aside(const std::filesystem::path& database) {
  const std::filesystem::path aside = aside_name(database);
  if (::link(database.c_str(), aside.c_str()) == 0) return std::optional(aside);
  if (errno == ENOENT) return std::optional<std::filesystem::path>();
  return failed("cannot keep the database before as", aside);
}

Result<std::optional<std::filesystem::path>> move_in(const std::filesystem::path& copy,
                                                     const std::filesystem::path& database) {
  auto aside = keep_aside(database);
  if (!aside) return aside;
  // As compaction does, and for the same reason.
  ::unlink((database.native() + "-lock").c_str());
  if (std::rename(copy.c_str(), database.c_str()) != 0) {
    const Error error = failed("cannot move the copy to", database);
    if (*aside) ::unlink((*aside)->c_str());
    return error;
  }
  return aside;
}

}  // namespace

void remove_unfinished_restore(const std::filesystem::path& database) {
  std::error_code ignored;
  std::filesystem::remove_all(NewFolder::folder_of(database), ignored);
}

Result<Restored> restore(const Settings& settings, const std::filesystem::path& where,
                         const std::filesystem::path& file) {
  // A link's target is what is replaced.
  const std::filesystem::path database =
      std::filesystem::exists(where) ? std::filesystem::canonical(where) : where;
  auto input = Input::open(file);
  if (!input) return input.error();
  auto header = input->peek();
  if (!header) return header.error();
  auto root_key = load_root_key(settings.root_key_file);
  if (!root_key) return root_key.error();
  if (root_key->id() != header->root_key_id) {
    return Error{Errc::bad_request,
                 fmt::format("the backup was made under the root key {:016x}, and 'root_key' is "
                             "{:016x}: set the one that belongs to it",
                             header->root_key_id, root_key->id())};
  }
  const vault::Vault vault(std::move(*root_key), header->database);
  auto folder = NewFolder::make(database);
  if (!folder) return folder.error();
  const std::filesystem::path copy = *folder / "data.mdb";
  if (auto done = unpack(*input, vault.backup_key().reveal(), copy); !done) return done.error();
  audit::Head audit_head;
  auto records = inspect(copy, settings, vault, audit_head);
  if (!records) return records.error();

  ForeignLog foreign;
  const Secret audit_key = vault.audit_key();
  auto log = settle_log(settings.audit_file, audit::Chain(audit_key.reveal()), audit_head, foreign);
  if (!log) return log.error();
  audit::Trail trail(settings.audit_file, audit_key.reveal(), log->behind);
  trail.begin();
  trail.intend({audit::Record::Kind::change,
                "database.restored",
                audit::byokd(),
                {{"madeAt", header->made_at}, {"tenants", records->tenants}}});
  auto told = trail.write_intentions();
  if (!told) return told.error();
  if (auto noted = note_head(copy, settings, told->value_or(log->behind)); !noted) {
    trail.conclude(false);
    return noted.error();
  }
  auto replaced = move_in(copy, database);
  trail.conclude(replaced.has_value());
  if (!replaced) return replaced.error();
  return Restored{.made_at = header->made_at,
                  .records = std::move(*records),
                  .replaced = std::move(*replaced),
                  .foreign_log = foreign.keep(),
                  .audit_from = log->first,
                  .synced = sync_folder_of(database)};
}

}  // namespace byok::daemon
