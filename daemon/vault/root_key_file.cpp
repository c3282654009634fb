#include "daemon/vault/root_key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "common/encoding.hpp"
#include "common/file_descriptor.hpp"
#include "common/new_name.hpp"

namespace byok::vault {
namespace {

Error failed(std::string message) { return {Errc::internal, std::move(message)}; }

Error cannot(std::string_view what, const std::filesystem::path& file) {
  return failed(
      fmt::format("cannot {} the root key file {}: {}", what, file.native(), std::strerror(errno)));
}

// Of the opened descriptor, so that nobody can swap the file between check and reading.
std::optional<Error> refuse_careless(int fd, const std::filesystem::path& file,
                                     KeyFileKeeper keeper) {
  struct stat status;
  if (::fstat(fd, &status) != 0) return cannot("examine", file);
  const std::string& name = file.native();
  if (!S_ISREG(status.st_mode)) {
    return failed(fmt::format(
        "the root key file {} is not a regular file: point root_key at the file itself", name));
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return failed(fmt::format(
        "the root key file {} belongs to uid {}: it must belong to root or to uid {}, who runs "
        "byokd (chown {} {})",
        name, status.st_uid, ::geteuid(), ::geteuid(), name));
  }
  const mode_t forbidden = keeper == KeyFileKeeper::operator_ ? 077 : 037;
  if ((status.st_mode & forbidden) != 0) {
    return failed(fmt::format(
        "the root key file {} has mode {:04o}, so that others may reach it: run chmod 600 {}, and "
        "think about whether the key is still yours alone",
        name, status.st_mode & 07777, name));
  }
  return std::nullopt;
}

// Reads at most `size` bytes; nothing where the disk fails.
std::optional<std::size_t> read_up_to(int fd, char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    ssize_t count = ::read(fd, out + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// What is missing of the folder, for `owner` alone. False, with errno, where that cannot be.
bool make_folder(const std::filesystem::path& folder, uid_t owner) {
  struct stat there;
  if (folder.empty() || ::stat(folder.c_str(), &there) == 0) return true;
  if (!make_folder(folder.parent_path(), owner)) return false;
  if (::mkdir(folder.c_str(), 0700) != 0) return errno == EEXIST;
  return owner == ::geteuid() || ::lchown(folder.c_str(), owner, static_cast<gid_t>(-1)) == 0;
}

std::optional<Secret> decode(std::string_view content) {
  if (content.size() == crypto::key_size) return Secret(content);
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  std::optional<Secret> key = from_base64(content);
  if (!key || key->size() != crypto::key_size) return std::nullopt;
  return key;
}

}  // namespace

Result<RootKey> load_root_key_file(const std::filesystem::path& file, KeyFileKeeper keeper) {
  // O_NONBLOCK: a pipe by that name is refused below instead of being waited for.
  FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) {
      return Error{Errc::not_found, fmt::format("there is no root key file {}", file.native())};
    }
    if (errno == ELOOP) {
      return failed(
          fmt::format("the root key file {} is a symbolic link: point root_key at the file itself",
                      file.native()));
    }
    return cannot("open", file);
  }
  if (std::optional<Error> error = refuse_careless(fd.get(), file, keeper)) return *error;

  // Room for the longest form, base64 with CR LF, and one byte that would be too many.
  std::array<char, 47> content;
  WipeOnExit wipe_content(content.data(), content.size());
  std::optional<std::size_t> size = read_up_to(fd.get(), content.data(), content.size());
  if (!size) return cannot("read", file);
  std::optional<Secret> key = decode({content.data(), *size});
  if (!key) {
    return failed(fmt::format(
        "the root key file {} holds neither 32 bytes nor the base64 of 32 bytes: restore the file "
        "that belongs to this database",
        file.native()));
  }
  return RootKey(std::move(*key));
}

Result<RootKey> make_root_key_file(const std::filesystem::path& file, uid_t owner) {
  if (!make_folder(file.parent_path(), owner)) return cannot("make the folder of", file);
  // It gets its name once it is whole: half of it would be refused ever after.
  const std::filesystem::path unfinished = file.native() + ".unfinished";
  ::unlink(unfinished.c_str());
  FileDescriptor fd(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return cannot("make", file);
  Secret key(crypto::key_size);
  crypto::random({key.data(), key.size()});
  // Given away before it has its name: whoever is killed between leaves no key of the wrong user's.
  const bool owned = owner == ::geteuid() || ::fchown(fd.get(), owner, static_cast<gid_t>(-1)) == 0;
  if (!owned || !write_all(fd.get(), key.reveal()) || ::fsync(fd.get()) != 0) {
    Error error = cannot("write", file);
    ::unlink(unfinished.c_str());
    return error;
  }
  const bool named = give_new_name(unfinished, file);
  if (!named || !sync_folder_of(file)) {
    Error error = cannot(named ? "write" : "make", file);
    ::unlink((named ? file : unfinished).c_str());
    return error;
  }
  return RootKey(std::move(key));
}

}  // namespace byok::vault
