// A file descriptor that closes itself, and the sync that makes a file's name durable.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace byok {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Takes over what open() gave; a negative one stands for its failure.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // Gives it to the caller, who closes it.
  int release() { return std::exchange(fd_, -1); }
  // Closes it now.
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

// Syncs the folder that holds `file`: fsync of a new file keeps its bytes, not its name. False,
// with errno set, where that fails.
inline bool sync_folder_of(const std::filesystem::path& file) {
  std::filesystem::path folder = file.parent_path();
  FileDescriptor fd(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

}  // namespace byok
