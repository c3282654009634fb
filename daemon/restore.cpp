#include "daemon/restore.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "common/file_descriptor.hpp"
#include "daemon/audit/trail.hpp"
#include "daemon/backup/stream.hpp"
#include "daemon/open_store.hpp"
#include "daemon/vault/root_key_file.hpp"

namespace byok::daemon {
namespace {

Error failed(std::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  return {error == ENOSPC || error == EDQUOT ? Errc::store_full : Errc::internal,
          fmt::format("{} {}: {}", what, path.string(), std::strerror(error))};
}

// A folder beside the database that goes away with all that is left in it.
class NewFolder {
 public:
  static Result<NewFolder> make(const std::filesystem::path& parent) {
    std::string name = (parent / "restore-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return failed("cannot make a folder in", parent);
    return NewFolder(name);
  }
  NewFolder(NewFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  explicit NewFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

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

// A second name for what lies at `database`, which the first then leaves.
Result<std::optional<std::filesystem::path>> keep_aside(const std::filesystem::path& database) {
  for (int number = 1;; ++number) {
    std::filesystem::path aside = fmt::format("{}.before-restore-{}", database.string(), number);
    if (::link(database.c_str(), aside.c_str()) == 0) return std::optional(aside);
    if (errno == ENOENT) return std::optional<std::filesystem::path>();
    if (errno != EEXIST) return failed("cannot keep the database before as", aside);
  }
}

Result<std::optional<std::filesystem::path>> move_in(const std::filesystem::path& copy,
                                                     const std::filesystem::path& database) {
  auto aside = keep_aside(database);
  if (!aside) return aside;
  if (std::rename(copy.c_str(), database.c_str()) != 0) {
    const Error error = failed("cannot move the copy to", database);
    if (*aside) ::unlink((*aside)->c_str());
    return error;
  }
  if (!sync_folder_of(database)) return failed("cannot sync the folder of", database);
  return aside;
}

}  // namespace

Result<Restored> restore(const Settings& settings, const std::filesystem::path& database,
                         const std::filesystem::path& file) {
  auto input = Input::open(file);
  if (!input) return input.error();
  auto header = input->peek();
  if (!header) return header.error();
  auto root_key = vault::load_root_key_file(settings.root_key_file);
  if (!root_key) return root_key.error();
  if (root_key->id() != header->root_key_id) {
    return Error{Errc::bad_request,
                 fmt::format("the backup was made under the root key {:016x}, and 'root_key' is "
                             "{:016x}: set the one that belongs to it",
                             header->root_key_id, root_key->id())};
  }
  const vault::Vault vault(std::move(*root_key), header->database);
  auto folder = NewFolder::make(database.parent_path());
  if (!folder) return folder.error();
  const std::filesystem::path copy = *folder / "data.mdb";
  if (auto done = unpack(*input, vault.backup_key().reveal(), copy); !done) return done.error();
  audit::Head audit_head;
  auto records = inspect(copy, settings, vault, audit_head);
  if (!records) return records.error();

  audit::Trail trail(settings.audit_file, vault.audit_key().reveal(), audit_head);
  trail.begin();
  trail.intend({audit::Record::Kind::change,
                "database.restored",
                audit::byokd(),
                {{"madeAt", header->made_at}, {"tenants", records->tenants}}});
  if (auto told = trail.write_intentions(); !told) return told.error();
  auto replaced = move_in(copy, database);
  trail.conclude(replaced.has_value());
  if (!replaced) return replaced.error();
  return Restored{header->made_at, std::move(*records), std::move(*replaced)};
}

}  // namespace byok::daemon
