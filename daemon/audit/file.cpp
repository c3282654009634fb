#include "daemon/audit/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace byok::audit {
namespace {

// Blocks are asked for in pieces as large as this.
constexpr std::uint64_t stride = std::uint64_t{1} << 20;

Error unavailable_at(const std::filesystem::path& path, std::string_view why) {
  return {Errc::audit_unavailable,
          fmt::format("the audit log {} cannot be written ({}), and nothing is changed without it: "
                      "free space on its disk, or mend 'audit.file'",
                      path.string(), why)};
}

bool is_full(int failure) { return failure == ENOSPC || failure == EDQUOT; }

}  // namespace

Error File::unavailable(int failure) const { return unavailable_at(path_, std::strerror(failure)); }

Result<File> File::open(const std::filesystem::path& path) {
  constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
  File file(FileDescriptor(::open(path.c_str(), flags, S_IRUSR | S_IWUSR)), path);
  struct stat status {};
  if (!file.descriptor_ || fstat(file.descriptor_.get(), &status) != 0) {
    return file.unavailable(errno);
  }
  file.regular_ = S_ISREG(status.st_mode);
  // Writing to a pipe that nobody empties would hold up every change.
  if (S_ISFIFO(status.st_mode)) return unavailable_at(path, "it is a pipe");
  if (!file.regular_) return file;
  if (flock(file.descriptor_.get(), LOCK_EX | LOCK_NB) != 0) {
    return unavailable_at(path, "another process writes it");
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  if (file.size_ == 0 && !sync_folder_of(path)) return file.unavailable(errno);
  return file;
}

Result<void> File::make_room(std::uint64_t end) {
  if (!regular_ || end <= room_) return {};
  const auto allocate = [&](std::uint64_t target) {
    while (fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size_),
                     static_cast<off_t>(target - size_)) != 0) {
      if (errno != EINTR) return errno;
    }
    room_ = target;
    return 0;
  };
  int failure = allocate(end + stride);
  if (is_full(failure)) failure = allocate(end);
  // Elsewhere than on the disk's limits it fails where files are of a kind that has no reserve.
  if (is_full(failure) || failure == EIO) return unavailable(failure);
  return {};
}

void File::keep_reserve() { has_reserve_ = make_room(size_ + reserve).has_value(); }

void File::release_reserve() { (void)cut(size_); }

Result<void> File::append(std::string_view bytes, Space space) {
  if (torn_) {
    if (auto mended = cut(size_); !mended) return mended;
  }
  struct stat status {};
  if (regular_ && (fstat(descriptor_.get(), &status) != 0 ||
                   static_cast<std::uint64_t>(status.st_size) != size_)) {
    return unavailable_at(path_, "somebody else has changed its length");
  }
  if (space == Space::ordinary) {
    if (auto made = make_room(size_ + bytes.size() + reserve); !made) return made;
  }
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t written = ::write(descriptor_.get(), rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    Error error = unavailable(errno);
    // Half a line would break the chain.
    if (rest.size() < bytes.size()) (void)cut(size_);
    return error;
  }
  if (regular_) size_ += bytes.size();
  return {};
}

Result<void> File::sync() {
  while (regular_ && fdatasync(descriptor_.get()) != 0) {
    if (errno != EINTR) return unavailable(errno);
  }
  return {};
}

Result<void> File::cut(std::uint64_t size) {
  if (!regular_) return {};
  size_ = size;
  torn_ = ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0;
  if (torn_) return unavailable(errno);
  room_ = 0;  // the blocks behind the end went with the cut
  return {};
}

bool File::is_in_place() const {
  struct stat here {};
  struct stat there {};
  return fstat(descriptor_.get(), &here) == 0 && lstat(path_.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

bool File::is_gone() const {
  struct stat status {};
  return fstat(descriptor_.get(), &status) == 0 && status.st_nlink == 0;
}

}  // namespace byok::audit
